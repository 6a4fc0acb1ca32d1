"""The HTTP answers of a call, collected beside its value (`with_response`)."""

import asyncio
import inspect
from collections.abc import Awaitable
from contextvars import ContextVar
from typing import Generic, TypeVar

from attrs import define, field, frozen

from .messages import Response

T = TypeVar("T")


@frozen
class WithResponse(Generic[T]):
    """The value of a call and the answers from which it was read.

    Attributes:
        value: The call's usual return value.
        responses: All answers with a 2xx status in order of arrival. Most calls have one. An
            update that reads first has two; `collect()` has one per page, all kept in memory.
    """

    value: T
    responses: tuple[Response, ...]

    @property
    def response(self) -> Response:
        """The last answer. For a call that reads before it writes, the answer of the write."""
        return self.responses[-1]


@define(eq=False)
class _Collector:
    """The answers of one call; None after it has ended, so that a task it left adds nothing."""

    responses: list[Response] | None = field(factory=list[Response])


# The collectors of a call and of the calls around it.
_current: ContextVar[tuple[_Collector, ...]] = ContextVar("katana_async_responses", default=())


def record(response: Response) -> None:
    """Add an answer to all collectors of the current context."""
    for collector in _current.get():
        if collector.responses is not None:
            collector.responses.append(response)


async def collect_responses(call: Awaitable[T]) -> WithResponse[T]:
    """Await a call and collect its answers; see `KatanaClient.with_response`.

    A context variable holds the collector. Each task has its own context, so concurrent calls do
    not mix; tasks that the call starts inherit its context.
    """
    check_is_call(
        call,
        "with_response",
        "which has one answer for each page. Pass .page(1) or .collect(), or take page.response"
        " from .pages()",
    )
    collector = _Collector()
    responses = collector.responses
    token = _current.set((*_current.get(), collector))
    try:
        value = await call
    finally:
        _current.reset(token)
        collector.responses = None
    if not responses:
        raise RuntimeError(
            "the call made no request that could be seen: pass with_response the call itself, not"
            " an awaitable of a task that runs already"
        )
    return WithResponse(value, tuple(responses))


def check_is_call(call: object, method: str, for_list: str) -> None:
    """Raise TypeError unless the argument of a method is a call that nothing has awaited yet.

    `for_list` is a clause on what to do with a list instead.
    """
    if asyncio.isfuture(call):
        raise TypeError(
            f"{method} takes the call itself, not a task or future, whose requests are out of its"
            f" reach: make the task of it, as in asyncio.create_task(katana.{method}(...))"
        )
    if hasattr(call, "__aiter__"):
        raise TypeError(
            f"{method} takes a call, such as katana.products.get(7), not a list, {for_list}"
        )
    if not inspect.isawaitable(call):
        raise TypeError(
            f"{method} takes a call, such as katana.products.get(7), not {type(call).__name__}"
        )
