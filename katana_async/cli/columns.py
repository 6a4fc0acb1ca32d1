"""`--columns`: select the fields of records, by name or by a path with dots."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast, get_args

from attrs import define, field

from ..models._base import field_types, is_model
from ..resources import load
from .errors import UsageError, unknown_name

Record = Mapping[str, Any]


@cache
def table_columns() -> dict[str, tuple[str, ...]]:
    """Return the columns of each collection's table."""
    import tomllib

    text = (files("katana_async.cli") / "table_columns.toml").read_text(encoding="utf-8")
    return {name: tuple(columns.split()) for name, columns in tomllib.loads(text).items()}


def parse_columns(text: str | None) -> tuple[str, ...]:
    """Return the names in the value of `--columns`, each once."""
    if text is None:
        return ()
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names or not all(all(name.split(".")) for name in names):
        raise UsageError(f"--columns takes names separated by commas, not {text!r}")
    return names


@define
class Selection:
    """The selected fields of the records of one collection."""

    resource: str
    # Names, or paths such as `variants.sku`. A part that is a number picks an element of an array,
    # any other part applies to every element.
    paths: Sequence[str]
    _unchecked: set[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        model = load(self.resource).model
        self._unchecked = {path for path in self.paths if not _is_declared(model, path)}

    def select(self, record: Record) -> dict[str, Any]:
        """Return the selected fields of a record, None for those that it does not have."""
        for path in sorted(self._unchecked):
            found = _find(record, path.split("."))
            if found is True:
                self._unchecked.discard(path)
            elif found is not None:
                raise self._unknown_field(path, found)
        return {path: value_at(record, path) for path in self.paths}

    def close(self) -> None:
        """Check the names that no record could confirm, for an empty list."""
        for path in sorted(self._unchecked):
            if "." not in path:
                raise self._unknown_field(path, ())

    def _unknown_field(self, path: str, known: Sequence[str]) -> UsageError:
        names = set(known)
        parent, _, name = path.rpartition(".")
        if not parent:
            names |= set(field_types(load(self.resource).model))
        place = f"{self.resource}.{parent}" if parent else self.resource
        return unknown_name(f"--columns: {place} has no field", name, names)


def value_at(value: Any, path: str) -> Any:
    """Return the value at a path in a record; None if there is none."""
    head, _, rest = path.partition(".")
    if isinstance(value, list):
        items = cast("list[object]", value)
        if not head.isdecimal():
            return [value_at(item, path) for item in items]
        inner = items[int(head)] if len(head) < 10 and int(head) < len(items) else None
    elif isinstance(value, Mapping):
        inner = cast("Record", value).get(head)
    else:
        return None
    return value_at(inner, rest) if rest else inner


def _find(value: Any, parts: Sequence[str]) -> Literal[True] | Sequence[str] | None:
    """Return True if a record has a path, else the names in its place, or None if unclear."""
    if not parts:
        return True
    head, *rest = parts
    if isinstance(value, list):
        items = cast("list[object]", value)
        if head.isdecimal():
            return _find(value_at(items, head), rest) if len(items) > int(head[:9]) else None
        return _find(items[0], parts) if items else None
    if isinstance(value, Mapping):
        fields = cast("Record", value)
        return _find(fields[head], rest) if head in fields else tuple(fields)
    return None if value is None else ()


def _is_declared(model: Any, path: str) -> bool:
    """Return whether the SDK's models have a path; False where they do not go as deep."""
    for part in path.split("."):
        if not is_model(model):
            return False
        if part.isdecimal():
            continue
        hints = field_types(model)
        if part not in hints:
            return False
        model = _model_in(hints[part])
    return True


def _model_in(hint: Any) -> Any:
    """Return the model in an annotation such as `tuple[Model, ...] | None`; None without one."""
    if is_model(hint):
        return hint
    models = (_model_in(argument) for argument in get_args(hint))
    return next((model for model in models if model is not None), None)
