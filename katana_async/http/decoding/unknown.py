"""Find the fields of answers that the models do not have, for `stats.unknown_fields`."""

import logging
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from ...models._base import field_types, is_model, types_within
from ..messages import printable

log = logging.getLogger("katana_async")

_FIRST, _EVERY = 3, 100  # the answers of a model that are sampled: the first, then every 100th
_MOST_FIELDS = 200


def is_sampled(number: int) -> bool:
    """Return whether the answer with this number is sampled, counted from 1 for each model."""
    return number <= _FIRST or number % _EVERY == 0


def count_unknown_fields(record: object, model: type[Any], counts: Counter[str]) -> None:
    """Count the fields of a JSON object, and of those within it, that the models do not have."""
    for name in sorted(set(_unknown_fields(record, model))):
        if name not in counts:
            if len(counts) >= _MOST_FIELDS:
                continue
            log.info("%s: the model does not have it; counted in stats.unknown_fields", name)
        counts[name] += 1


def _unknown_fields(value: object, model: type[Any]) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    known: dict[str, Any] = _fields(model)  # type: ignore[arg-type]  # a class is hashable
    for name, inner in cast("dict[str, object]", value).items():
        if name not in known:
            yield f"{model.__name__}.{printable(name, 60)}"
        elif known[name] is not None:
            values = cast("list[object]", inner) if isinstance(inner, list) else [inner]
            for element in values[:1]:
                yield from _unknown_fields(element, known[name])


@cache
def _fields(model: Any) -> dict[str, type[Any] | None]:
    """Return the model of each field's records, by the field; None for other values."""
    return {name: _model_within(hint) for name, hint in field_types(model).items()}


def _model_within(hint: Any) -> type[Any] | None:
    # None for custom fields, which are records by name or a dict by UUID.
    first, *others = types_within(hint)
    return first if is_model(first) and not others else None
