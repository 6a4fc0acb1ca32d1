"""`--columns`: which fields of records are written, by name or by a path with dots."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast, get_args

from attrs import define, field

from ..models._base import field_types, is_model
from ..resources import RESOURCES, load
from .columns import COLUMNS
from .problems import UsageProblem, unknown

Record = Mapping[str, Any]


def parse_columns(text: str | None) -> tuple[str, ...]:
    """Return the names in the value of `--columns`, each once.

    Raises:
        UsageProblem: It has no name, or a path with an empty part.
    """
    if text is None:
        return ()
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names or not all(all(name.split(".")) for name in names):
        raise UsageProblem(f"--columns takes names with commas between, not {text!r}")
    return names


@define
class Selection:
    """The chosen fields of the records of one collection.

    Attributes:
        attribute: The collection.
        paths: Names, or paths such as `variants.sku`: a part that is a number picks an element of
            an array, any other part applies to every element.
    """

    attribute: str
    paths: Sequence[str]
    _unchecked: set[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        model = _model_of(self.attribute)
        known = COLUMNS.get(self.attribute, ())
        self._unchecked = {
            path for path in self.paths if path not in known and not _is_declared(model, path)
        }

    def select(self, record: Record) -> dict[str, Any]:
        """Return the chosen fields of a record, None for those that it does not have.

        Raises:
            UsageProblem: Neither the SDK's model nor the record has the field.
        """
        for path in sorted(self._unchecked):
            found = _find(record, path.split("."))
            if found is True:
                self._unchecked.discard(path)
            elif found is not None:
                raise self._problem(path, found)
        return {path: value_at(record, path) for path in self.paths}

    def close(self) -> None:
        """Check the names that no record could confirm.

        Raises:
            UsageProblem: The SDK's model does not have a field, and there were no records.
        """
        for path in sorted(self._unchecked):
            if "." not in path:
                raise self._problem(path, ())

    def _problem(self, path: str, there: Sequence[str]) -> UsageProblem:
        names = set(there)
        head, _, name = path.rpartition(".")
        if not head:
            names |= _names(_model_of(self.attribute))
        where = f"{self.attribute}.{head}" if head else self.attribute
        return unknown(f"--columns: {where} has no field", name or path, names)


def value_at(value: Any, path: str) -> Any:
    """Return what a path leads to in a record; None if it leads nowhere."""
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
    """Return whether a path is there: True, the names that are there instead, None if unclear."""
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


def _model_of(attribute: str) -> Any:
    return load(attribute).model if attribute in RESOURCES else None


def _names(model: Any) -> set[str]:
    return set(field_types(model)) if is_model(model) else set()


def _is_declared(model: Any, path: str) -> bool:
    """Return whether the SDK's models have a path; False also where they do not go that deep."""
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
    found = (_model_in(argument) for argument in get_args(hint))
    return next((model for model in found if model is not None), None)
