# Needs only make and a Python from 3.11 on; everything else is installed into .venv and .tox.

VENV := .venv
RUN := $(VENV)/bin
TOX := $(RUN)/tox

# pyenv hides all but its active versions: let the others be found too, after everything else.
empty :=
space := $(empty) $(empty)
PYENV_ROOT ?= $(HOME)/.pyenv
export PATH := $(PATH):$(subst $(space),:,$(wildcard $(PYENV_ROOT)/versions/3.1[1-4].*/bin))

usable = PATH='$(PATH)' $(1) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14 python; do \
	if $(call usable,$$python); then echo $$python; break; fi; done)
# `make test` takes the oldest supported Python, `make test-all` also the newest that is here.
NEWEST := $(shell for minor in 14 13 12; do \
	if $(call usable,python3.$$minor); then echo ,py3$$minor; break; fi; done)

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint format types docs facts bench bench-quick mutants soak chaos feed-soak etl-soak clean

help:  ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.package  ## watch the client work against a Katana that runs here
	@$(RUN)/katana-async demo

# Two at a time, since much of the tests is waiting.
test: $(VENV)/.tox  ## check style, types, docs, and run the quick tests on the oldest Python
	@DOCS_BUILDER=dummy $(TOX) run-parallel --parallel 2 -e py311-quick,lint,types,docs

# One after the other: each uses both cores, and tests with real processes need some time.
test-all: $(VENV)/.tox  ## run the rest: the slow tests, the quick ones on the newest Python, the pages as HTML, bench-quick
	@$(TOX) run -e py311-slow,docs$(NEWEST)
	@$(TOX) run -q -e bench-quick

lint types docs format bench bench-quick mutants soak chaos feed-soak etl-soak: $(VENV)/.tox
	@$(TOX) run -q -e $@

facts: $(VENV)/.package  ## write the facts of an OpenAPI document: make facts DOCUMENT=openapi.json
	@$(RUN)/python -m bench.write_facts '$(DOCUMENT)' $(if $(DATE),--date '$(DATE)')

lint:  ## check style and formatting
types:  ## check types with mypy and pyright
docs:  ## build the documentation
format:  ## put the code into the house's format
bench:  ## measure the SDK beside its alternatives (5 minutes), and write docs/benchmarks.md
bench-quick:  ## fail if a figure of the benchmarks is far from its target (1 minute)
mutants:  ## change decisions one at a time, and count which changes the nearest tests notice
soak:  ## let fleets of processes share connections for a minute each, with kills and stops
feed-soak:  ## let accounts change under the change feed for about an hour
etl-soak:  ## kill syncs of 50,000 products, for about half an hour
chaos:  ## let faults of 30 kinds and more strike many callers at once for three minutes

clean:  ## remove everything that was made
	rm -rf $(VENV) .tox .mypy_cache .pytest_cache .ruff_cache .hypothesis docs/_build build dist
	rm -rf tests/interop/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "katana_async needs Python 3.11 or newer, and there is none in PATH." >&2; \
		echo "Name one: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; fi
	@$(call usable,$(PYTHON)) || { \
		echo "katana_async needs Python 3.11 or newer; $(PYTHON) is not." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment (on Debian: apt install python3-venv)." >&2; \
		exit 1; }
	@$@ -m pip install --quiet --upgrade pip

$(VENV)/.package: $(VENV)/bin/python pyproject.toml
	@echo "Installing katana_async into $(VENV) ..."
	@$(RUN)/python -m pip install --quiet --editable '.[cli]'
	@touch $@

$(VENV)/.tox: $(VENV)/bin/python pyproject.toml
	@echo "Installing tox into $(VENV) ..."
	@$(RUN)/python -m pip install --quiet --no-compile 'tox>=4.30,<5'
	@touch $@
