"""Imports between rooms follow the order of the table in docs/architecture.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "katana_async"
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()


def read_rooms(page: str) -> list[str]:
    """Return the rooms of the first table in order, as module names within the package."""
    table = page.split("## The rooms", 1)[1].split("| --- |", 1)[1].split("\n\n", 1)[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    return [name.removesuffix(".py").rstrip("/").replace("/", ".") for name in names]


ROOMS = read_rooms(ARCHITECTURE)
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def room_of(module: str) -> int:
    """Return the place of a module's room in the table; the longest matching prefix wins."""
    fitting = [room for room in ROOMS if module == room or module.startswith(f"{room}.")]
    assert fitting, f"docs/architecture.md has no room for katana_async/{module}"
    return ROOMS.index(max(fitting, key=len))


SANDBOX = ROOMS.index("sandbox")


def find_imports(module: str, path: Path) -> Iterator[str]:
    """Yield the modules of the package that a file imports, also within functions."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for name in (alias.name for alias in node.names):
                if name.startswith("katana_async."):
                    yield name.removeprefix("katana_async.")
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            if node.level:
                base = package[: len(package) - node.level + 1]
                base += node.module.split(".") if node.module else []
            elif node.module and node.module.split(".")[0] == "katana_async":
                base = node.module.split(".")[1:]
            else:
                continue
            for name in names:
                full = ".".join([*base, name])
                yield full if full in MODULES else ".".join(base)


def check(module: str, target: str) -> str | None:
    """Return a complaint if the import goes up in the table."""
    if not target or room_of(module) <= room_of(target):
        return None
    return f"{module} imports {target}, whose room stands above its own in docs/architecture.md"


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"__init__", ""}))
def test_imports_go_down_the_table_of_rooms(module: str) -> None:
    complaints = [check(module, target) for target in find_imports(module, MODULES[module])]
    assert not [complaint for complaint in complaints if complaint]


def test_the_table_names_only_rooms_that_exist() -> None:
    for room in ROOMS:
        path = PACKAGE / room.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), room


@pytest.mark.parametrize("module", sorted(name for name in MODULES if room_of(name) == SANDBOX))
def test_the_sandbox_imports_nothing_of_the_sdk(module: str) -> None:
    targets = find_imports(module, MODULES[module])
    assert not [target for target in targets if room_of(target) != SANDBOX]


def test_an_import_that_is_turned_around_is_found() -> None:
    assert check("http.transport", "client") is not None
    assert check("client", "http.transport") is None
