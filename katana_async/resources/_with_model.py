"""Read the answer of a call as a subclass of its model (`with_model`)."""

from collections.abc import Awaitable
from contextvars import ContextVar
from typing import Any, TypeVar

from ..http.answers import check_is_call
from ..models._base import Model, is_model

M = TypeVar("M", bound=Model)

_chosen: ContextVar[type[Model] | None] = ContextVar("katana_async_model", default=None)


def choose_model(model: type[Any], path: str) -> type[Any]:
    """Return the model of answers: the collection's own, or the subclass that the caller chose."""
    chosen = _chosen.get()
    return model if chosen is None else check_subclass(chosen, model, path)


def check_subclass(given: object, model: type[Any], path: str) -> type[Any]:
    """Return a class that the caller chose, or raise TypeError if it is no subclass of the model.

    `path` is that of the collection, for the message.
    """
    if isinstance(given, type) and issubclass(given, model):
        return given
    name = given.__name__ if isinstance(given, type) else repr(given)[:60]
    raise TypeError(
        f"with_model cannot read {path} as {name}: it takes a subclass of {model.__name__} with"
        f" further fields, such as `class My{model.__name__}({model.__name__}): colour: str | None"
        " = None`. For another form, build records from the dicts of .raw()"
    )


async def read_as(model: type[M], call: Awaitable[object]) -> M:
    """Await a call that returns a record, which is read as a subclass of its model.

    A context variable holds the class. Each task has its own context, so concurrent calls do not
    mix.
    """
    if not is_model(model):
        raise TypeError(
            "with_model takes a class first and then the call, as in"
            " with_model(MyProduct, katana.products.get(7)); the class is a subclass of the"
            f" collection's model, not {model!r:.60}"
        )
    check_is_call(call, "with_model", f"which has its own .with_model({model.__name__})")
    token = _chosen.set(model)
    try:
        record = await call
    finally:
        _chosen.reset(token)
    if not isinstance(record, model):
        raise TypeError(
            f"with_model takes a call that returns one record, and this one returned"
            f" {type(record).__name__}; a list has its own .with_model({model.__name__})"
        )
    return record
