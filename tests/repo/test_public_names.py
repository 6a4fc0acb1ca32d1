"""The tables of lazy packages list the names that their modules define."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import katana_async
from katana_async import errors

PACKAGES = ("models", "params")


def defined_names(path: Path) -> Iterator[str]:
    """Yield the public names that a module defines; those of its `__all__` if it has one."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id


def exports_of(package: str) -> dict[str, set[str]]:
    """Return the public names of each module, by its name within a package."""
    folder = Path(katana_async.__path__[0], *package.split("."))
    found: dict[str, set[str]] = {}
    for path in set(folder.rglob("*.py")) - set(folder.rglob("__init__.py")):
        name = ".".join(path.relative_to(folder).with_suffix("").parts)
        module = importlib.import_module(f"katana_async.{package}.{name}")
        names = vars(module).get("__all__") or defined_names(path)
        if exported := {each for each in names if not each.startswith("_")}:
            found[name] = exported
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_a_lazy_package_exports_the_names_that_its_modules_define(package: str) -> None:
    module = importlib.import_module(f"katana_async.{package}")
    table = {name: set(names.split()) for name, names in vars(module)["_NAMES"].items()}
    assert exports_of(package) == table


@pytest.mark.parametrize("package", PACKAGES)
def test_every_export_can_be_imported(package: str) -> None:
    module = importlib.import_module(f"katana_async.{package}")
    assert vars(module)["__all__"] == dir(module)
    assert all(getattr(module, name) is not None for name in dir(module))


def test_the_package_exports_every_error() -> None:
    classes = {name: cls for name, cls in vars(errors).items() if not name.startswith("_")}
    raised = {
        name
        for name, cls in classes.items()
        if isinstance(cls, type) and issubclass(cls, Exception)
    }
    exported = set(vars(katana_async)["__all__"])
    assert raised == exported.intersection(classes) - {"Detail"}


def test_every_name_of_the_package_can_be_imported() -> None:
    for name in vars(katana_async)["__all__"]:
        assert getattr(importlib.import_module("katana_async"), name) is not None
