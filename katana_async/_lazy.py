"""Lazy imports of a package's public names (PEP 562)."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def attach(
    package: str, names: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Set `__all__` of a package, and return its `__getattr__` and `__dir__`.

    `names` has the exported names of each module, separated by white space.
    """
    homes = {name: module for module, exported in names.items() for name in exported.split()}
    vars(sys.modules[package])["__all__"] = exports = sorted(homes)

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f".{homes[name]}", package), name)
        setattr(sys.modules[package], name, value)
        return value

    return load, exports.copy
