"""Lists as lazy objects that read their pages on iteration, several concurrently.

Each generator deletes its page after the `yield`. The memory of a page is then free, and still in
the processor's cache, when the next one is decoded: a tenth of the CPU time of `raw()`.
"""

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Sequence
from contextlib import aclosing
from typing import Any, Generic, Literal, TypeVar, cast

import msgspec
from attrs import evolve, frozen

from ..errors import DecodingError, ListChanged
from .decoding.codec import BadRecord
from .messages import Pagination, RateLimit, Response, parse_rate_limit
from .options import Stats
from .walk import Walk, Window, honours_limit

log = logging.getLogger("katana_async")

T = TypeVar("T")
U = TypeVar("U")

LARGEST_PAGE = 250
"""Maximum number of records on a page of a list."""

OnError = Literal["raise", "skip"] | Callable[[Any, DecodingError], object]
"""The treatment of a record that cannot be read; see `Pages.on_error`."""

_AHEAD = 4  # maximum number of concurrent page requests of an `async for`


@frozen
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: The records. A walk leaves out those that an earlier page had.
        pagination: The content of the X-Pagination header; None without one.
        response: The HTTP answer with status, headers and request id. Its body has all rows of the
            page, with the fields that the model lacks, and stays in memory as long as the page.
    """

    items: Sequence[T]
    pagination: Pagination | None
    response: Response

    @property
    def rate_limit(self) -> RateLimit | None:
        """The key's quota by the headers of this page, or None."""
        return parse_rate_limit(self.response.headers)


def count_bad_records(rows: Sequence[object]) -> int:
    """Return the number of `BadRecord` in a list. It runs on every page, so it must be fast."""
    return list(map(type, rows)).count(BadRecord)


class Form(msgspec.Struct, Generic[T], frozen=True):
    """The form of the records of a list: models, or JSON objects.

    Attributes:
        decode: Reads the answer of one page; unreadable records become `BadRecord`.
        keys: Returns the keys of records, of which some may be a `BadRecord`.
    """

    decode: Callable[[Response], Page[T | BadRecord]]
    keys: Callable[[Sequence[T | BadRecord]], Sequence[Hashable]]


class Source(msgspec.Struct, Generic[T], frozen=True):
    """The functions that read the pages of one list.

    Attributes:
        request: Requests one page.
        path: The path, for messages.
        with_model: Returns the same list with records of another class.
        largest: The largest page size.
        paged: False if the whole list is one answer.
    """

    request: Callable[[Window], Awaitable[Response]]
    models: Form[T]
    raw: Form[dict[str, Any]]
    path: str
    stats: Stats
    with_model: Callable[[type[Any]], "Source[Any]"]
    largest: int = LARGEST_PAGE
    paged: bool = True


@frozen
class Pages(Generic[T]):
    """A list that is read page by page during the iteration: `async for product in pages: ...`.

    Requests are sent only while the list is iterated, and a few pages are in memory at a time.

    A walk is exact although the list changes: each record that exists from the first answer to the
    last is returned exactly once. A record that is created or deleted meanwhile may or may not be
    returned. No record is returned twice, unless more than 1,500 deleted records before the current
    position are restored at once. A long list costs about 8 % more requests for this; `plain()`
    avoids them.

    The condition is that records keep their order, as in lists by id or by time of creation. If it
    changes (records of equal rank come in another order at each read, or a search is sorted by a
    field that is edited meanwhile), a record that moves to another page can be missed, and one that
    moves by more than 1,500 places can be returned twice. `stats.out_of_order` counts rows out of
    order, and each walk logs one warning.

    Every walk ends. It raises `ListChanged` if it cannot continue without losing records, or if the
    server repeats its pages before the reported number of records is reached.
    """

    _source: Source[T]
    _exact: bool = True
    _on_error: OnError = "raise"

    def plain(self) -> "Pages[T]":
        """Return the same list in plain pages: fewer requests, exact only if the list is static."""
        return evolve(self, exact=False)

    def on_error(self, action: OnError) -> "Pages[T]":
        """Return the same list with another treatment of unreadable records.

        It applies to all methods except `count()`, which reads no record, and not to an answer that
        is no list. A skipped record counts as read for paging, so that the walk stays exact, and is
        counted in `stats.skipped`.

        Args:
            action: "raise" ends the walk with the `DecodingError` (the default). "skip" omits the
                record; the first of a walk is logged as a warning. A function or coroutine
                function receives the record as parsed JSON (usually a dict) and the error; an
                exception that it raises ends the walk.
        """
        if action not in ("raise", "skip") and not callable(action):
            raise TypeError(f'on_error takes "raise", "skip" or a function, not {action!r:.60}')
        return evolve(self, on_error=action)

    def with_model(self, model: type[U]) -> "Pages[U]":
        """Return the same list with records of a subclass of its model, which has more fields.

        After `class MyProduct(Product): colour: str | None = None`, the records of
        `katana.products.list().with_model(MyProduct)` have the field `colour` of Katana's JSON.
        `KatanaClient.with_model` does this for calls that return one record.

        Raises:
            TypeError: The class is not a subclass of the list's model.
        """
        return evolve(cast("Pages[Any]", self), source=self._source.with_model(model))

    def __aiter__(self) -> AsyncGenerator[T, None]:  # noqa: PYI058 - callers may close it
        return _items(self.pages(concurrency=_AHEAD))

    def pages(self, *, concurrency: int = 1) -> AsyncGenerator[Page[T], None]:
        """Iterate over the list page by page; each record is on one page only.

        Args:
            concurrency: Maximum number of concurrent page requests, within the rate limit. The
                first page is requested alone and the number doubles from there, so that a walk
                that ends early costs little.
        """
        return self._walk(self._source.models, concurrency)

    def raw(self, *, concurrency: int = _AHEAD) -> AsyncGenerator[dict[str, Any], None]:
        """Iterate over the records as the JSON objects that Katana sent, with exact numbers."""
        return _items(self.raw_pages(concurrency=concurrency))

    def raw_pages(self, *, concurrency: int = 1) -> AsyncGenerator[Page[dict[str, Any]], None]:
        """Iterate over the pages, as `pages`, with the JSON objects that Katana sent."""
        return self._walk(self._source.raw, concurrency)

    async def page(self, number: int, *, limit: int = LARGEST_PAGE) -> Page[T]:
        """Read one page by its number.

        Args:
            number: The number, from 1. A page past the end is empty.
            limit: Records on a page, at most 250 (200 in a search).
        """
        if number < 1:
            raise ValueError("pages count from 1")
        if not 1 <= limit <= LARGEST_PAGE:
            raise ValueError(f"limit is from 1 to {LARGEST_PAGE}")
        window = Window(number, min(limit, self._source.largest))
        return await self._readable(await _read(self._source, self._source.models, window))

    async def first(self) -> T | None:
        """Read the newest record; return None if the list is empty."""
        page = await _read(self._source, self._source.models, Window(1, 1))
        if not page.items:
            return None
        record = page.items[0]
        if not isinstance(record, BadRecord):
            return record
        readable = await self.collect(1)
        return readable[0] if readable else None

    async def count(self) -> int:
        """Return the number of records, without reading them if the header has it."""
        page = await _read(self._source, self._source.raw, Window(1, 1))
        if page.pagination is not None and page.pagination.total_records is not None:
            return page.pagination.total_records
        count = 0
        async with aclosing(self._rows(self._source.raw, _AHEAD)) as pages:
            async for page in pages:
                count += len(page.items)
        return count

    async def collect(self, limit: int | None = None) -> list[T]:
        """Read the records into a list.

        Args:
            limit: Maximum number of records; None for all.
        """
        if limit is not None and limit < 0:
            raise ValueError("limit must be 0 or more")
        if limit == 0:
            return []
        items: list[T] = []
        # Request no more pages concurrently than the limit needs.
        ahead = _AHEAD if limit is None else min(_AHEAD, -(-limit // self._source.largest))
        async with aclosing(self.pages(concurrency=ahead)) as pages:
            async for page in pages:
                items.extend(page.items)
                if limit is not None and len(items) >= limit:
                    return items[:limit]
        return items

    async def _walk(self, form: Form[U], concurrency: int) -> AsyncGenerator[Page[U], None]:
        """Yield the pages without unreadable records."""
        level = logging.WARNING
        async with aclosing(self._rows(form, concurrency)) as pages:
            async for page in pages:
                readable = await self._readable(page, level)
                if len(readable.items) < len(page.items):
                    level = logging.DEBUG
                if readable.items or not page.items:
                    yield readable
                del page, readable

    async def _readable(self, page: Page[U | BadRecord], level: int = logging.WARNING) -> Page[U]:
        """Return a page without its bad records, after `on_error` was applied to each."""
        if not count_bad_records(page.items):
            return cast("Page[U]", page)
        items: list[U] = []
        for row in page.items:
            if not isinstance(row, BadRecord):
                items.append(row)
                continue
            if self._on_error == "raise":
                raise row.error
            self._source.stats.skipped += 1
            if self._on_error == "skip":
                log.log(level, "skipped a record (see stats.skipped): %s", row.error)
                level = logging.DEBUG
                continue
            outcome = self._on_error(row.raw, row.error)
            if inspect.isawaitable(outcome):
                await outcome
        return Page(items, page.pagination, page.response)

    def _rows(self, form: Form[U], concurrency: int) -> AsyncGenerator[Page[U | BadRecord], None]:
        """Iterate over the pages, each record on one page only."""
        if concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        if not self._source.paged:
            return _whole_list(self._source, form)
        walk = _exact_walk if self._exact else _plain_walk
        return walk(self._source, form, concurrency)


async def _items(pages: AsyncGenerator[Page[U], None]) -> AsyncGenerator[U, None]:
    async with aclosing(pages):
        async for page in pages:
            for item in page.items:
                yield item
            del page


async def _read(source: Source[Any], form: Form[U], window: Window) -> Page[U | BadRecord]:
    return form.decode(await source.request(window))


async def _whole_list(
    source: Source[Any], form: Form[U]
) -> AsyncGenerator[Page[U | BadRecord], None]:
    yield await _read(source, form, Window(1, source.largest))


async def _exact_walk(
    source: Source[Any], form: Form[U], concurrency: int
) -> AsyncGenerator[Page[U | BadRecord], None]:
    walk = Walk(form.keys, source.largest)
    ahead = 1
    last: int | None = None  # number of records by the latest answer
    while not walk.done:
        plan = walk.plan(ahead)
        windows = plan[:1] + [w for w in plan[1:] if last is None or w.offset < last]
        async with aclosing(_in_order(source, form, windows)) as answers:
            async for window, page in answers:
                if ignores_limit := not honours_limit(window, len(page.items), page.pagination):
                    break
                last = page.pagination.total_records if page.pagination else None
                out_of_order = walk.out_of_order
                new = walk.accept(window, page.items, last)
                _report_order(source, out_of_order, walk.out_of_order)
                is_connected = new is not None
                if new:
                    yield evolve(page, items=new)
                del page, new
                if not is_connected or walk.done:
                    break
            else:
                ahead = min(concurrency, ahead * 2)
                continue
        if ignores_limit:
            log.warning("%s ignores `limit`: reading its pages in their own size", source.path)
            async with aclosing(_served_walk(source, form, walk)) as rest:
                async for page in rest:
                    yield page
                    del page
            return


def _report_order(source: Source[Any], before: int, now: int) -> None:
    """Count rows out of order, and log a warning at the first of a walk."""
    source.stats.out_of_order += now - before
    if now and not before:
        log.warning(
            "%s: a new record stood before records that were read earlier. Either the order"
            " changes during the walk, which may then miss records, or records were added there;"
            " counted in stats.out_of_order",
            source.path,
        )


async def _served_walk(
    source: Source[Any], form: Form[U], walk: Walk[U | BadRecord]
) -> AsyncGenerator[Page[U | BadRecord], None]:
    """Read every page in the server's own size, and return each record once."""
    # The server may repeat the whole list on every page, so all keys are remembered.
    given = walk.known
    if given is None:
        raise ListChanged(
            f"after {walk.given} records the server ignored the requested page size, so the walk"
            " cannot continue. Start the walk again, or read plain() pages"
        )
    async with aclosing(_plain_walk(source, form, 1)) as pages:
        async for page in pages:
            new: dict[Hashable, U | BadRecord] = {}
            for key, item in zip(form.keys(page.items), page.items, strict=True):
                if key not in given:
                    new.setdefault(key, item)
            given |= new.keys()
            if new:
                yield evolve(page, items=list(new.values()))
            del page, new


async def _in_order(
    source: Source[Any], form: Form[U], windows: Sequence[Window]
) -> AsyncGenerator[tuple[Window, Page[U | BadRecord]], None]:
    """Request windows concurrently and yield their pages in order, each decoded when yielded."""
    if len(windows) == 1:
        yield windows[0], await _read(source, form, windows[0])
        return
    tasks = deque(asyncio.ensure_future(source.request(window)) for window in windows)
    try:
        for window in windows:
            yield window, form.decode(await tasks.popleft())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _plain_walk(
    source: Source[Any], form: Form[U], concurrency: int
) -> AsyncGenerator[Page[U | BadRecord], None]:
    limit = source.largest
    number, ahead, reached = 1, 1, 0
    last: int | None = None  # number of pages by the latest answer
    before: frozenset[Hashable] = frozenset()
    while True:
        numbers = range(number, number + ahead)
        windows = [Window(n, limit) for n in numbers if n == number or last is None or n <= last]
        async with aclosing(_in_order(source, form, windows)) as answers:
            async for window, page in answers:
                found = frozenset(form.keys(page.items))
                if found <= before:
                    # The end of the list, or a server that ignores `page` and repeats its answer.
                    _check_total(page, reached)
                    return
                before = found
                reached += len(page.items)
                last = page.pagination.total_pages if page.pagination else None
                # The server's number of pages is used if present: it may not honour `limit`.
                is_full = len(page.items) >= limit if last is None else window.page < last
                yield page
                del page
                if not is_full:
                    return
        number += len(windows)
        ahead = min(concurrency, ahead * 2)


def _check_total(page: Page[Any], reached: int) -> None:
    """Raise ListChanged if the pages ended before the reported number of records."""
    total = page.pagination.total_records if page.pagination else None
    if total is not None and reached < total:
        raise ListChanged(
            f"no page has a new record after {reached} of {total} records: the server repeats its"
            " pages, or counts records that it does not return"
        )
