"""What every collection can do, said once; the areas declare what applies, and the types."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar, cast
from uuid import UUID

from attrs import evolve, frozen

from ..errors import DecodingError, NotFound, Problem
from ..http.codec import BadRecord, Codec
from ..http.encoding import encode_body, encode_query, encode_rows, shape_of, to_json
from ..http.messages import (
    Repeat,
    Request,
    Response,
    parse_pagination,
    parse_rate_limit,
    repeat_of,
    safe_path,
)
from ..http.pages import LARGEST_PAGE, Page, Pages, Source
from ..http.transport import Transport
from ..http.walk import Window
from ._hints import ListCall, refuse_paging
from ._ids import Id, number_segment, uuid_segment
from ._ignored import refuse_ignored

T = TypeVar("T")
M = TypeVar("M")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., object])

_KEY_TYPES = (int, str, Decimal, type(None))
_RAW = "The list's .raw() gives the records as sent"
_SKIP = "Its .on_error('skip') passes over such records"


def _fields_of(item: object) -> dict[str, object]:
    return cast("dict[str, object]", item) if isinstance(item, dict) else {}


@frozen
class Route:
    """The HTTP operation behind a method: its own path, below the base address."""

    method: str
    path: str
    body: Any = None


def operation(method: str, path: str, *, body: Any = None) -> Callable[[F], F]:
    """Say which operation a method calls, where it is not the regular one of its collection.

    Args:
        method: The HTTP method.
        path: Its path, with `{id}` where an id goes.
        body: The annotation of the body, where the keyword arguments do not say it, such as
            `BomRowBatch` of `create_many`.
    """

    def mark(function: F) -> F:
        function.__dict__["__operation__"] = Route(method, path, body)
        return function

    return mark


class _Endpoint(Generic[T]):
    """Something that can be called, and the model of what it answers."""

    path: ClassVar[str]
    model: type[T]

    def __init__(self, http: Transport) -> None:
        self._http = http

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"

    @property
    def _codec(self) -> Codec[T]:
        return Codec(self.model, self.path, self._http.stats)

    def _read(self, response: Response, read: Callable[[bytes], R], *, searched: bool = False) -> R:
        """Read an answer; where it cannot be read, the error holds it.

        Args:
            response: The answer.
            read: Reads its content.
            searched: True for the answer of a search, a POST that reads.

        Raises:
            DecodingError: Of a write, it says that Katana has carried it out.
        """
        try:
            return read(response.content)
        except DecodingError as error:
            accepted = response.method not in ("", "GET") and not searched
            remedy = "" if accepted else ".response.json() has the answer as sent"
            failed = error.of(response, accepted=accepted, remedy=remedy)
        raise failed

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: tuple[tuple[str, str], ...] = (),
        body: bytes | None = None,
        repeat: Repeat | None = None,
    ) -> Response:
        if repeat is None:
            repeat = repeat_of(method, body)
        return await self._http.send(Request(method, safe_path(path), query, body, repeat))


class Single(_Endpoint[T]):
    """One object that is there exactly once."""

    async def get(self) -> T:
        """Read the object."""
        return self._read(await self._send("GET", self.path), self._codec.one)


class Collection(_Endpoint[T]):
    """Records of one kind.

    Attributes:
        key: The fields that name a record. Where there are several, all but the first may be left
            out of an answer.
        uuids: Whether ids are UUIDs; whole numbers otherwise.
        found_by: The filter through which one record is read, where Katana has no call for it.
        preserves: Fields that a PATCH wipes when it leaves them out.
        paged: False where Katana gives the whole list at once.
    """

    key: ClassVar[tuple[str, ...]] = ("id",)
    uuids: ClassVar[bool] = False
    found_by: ClassVar[str | None] = None
    preserves: ClassVar[tuple[str, ...]] = ()
    paged: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name in ("list", "search"):
            if name in cls.__dict__:
                setattr(cls, name, refuse_paging(cls.__dict__[name]))

    @classmethod
    def _segment(cls, id: Id) -> str:
        """Return an id as one part of a path.

        Raises:
            TypeError: It is not of the kind that ids here are.
            ValueError: It is no id.
        """
        return (uuid_segment if cls.uuids else number_segment)(id, cls.path.lstrip("/"))

    def _list(
        self, filters: Mapping[str, object] | None = None, shape: type[Any] | None = None
    ) -> Pages[T]:
        refuse_ignored(self.path, filters or {})
        query = () if shape is None else encode_query(filters or {}, shape)

        async def read(window: Window) -> Response:
            return await self._send("GET", self.path, query=query + self._paging(window))

        return self._pages(read, LARGEST_PAGE)

    def _paging(self, window: Window) -> tuple[tuple[str, str], ...]:
        if not self.paged:
            return ()
        return (("limit", str(window.limit)), ("page", str(window.page)))

    def _pages(self, read: Callable[[Window], Awaitable[Response]], largest: int) -> Pages[T]:
        codec = self._codec
        source = Source[T](
            read=partial(self._page, read, codec.rows, f"{_RAW}. {_SKIP}"),
            read_raw=partial(self._page, read, codec.raw_rows, _SKIP),
            key=self._key_of(),
            raw_key=self._raw_key,
            path=self.path,
            largest=largest,
            paged=self.paged,
            stats=self._http.stats,
        )
        return ListCall(source)

    def _key_of(self) -> Callable[[T | BadRecord], Hashable]:
        attribute: Callable[[T | BadRecord], Hashable] = attrgetter(*self.key)

        def key(row: T | BadRecord) -> Hashable:
            if not isinstance(row, BadRecord):
                return attribute(row)
            from ..http.tolerant import read_fields  # it is loaded where there is a bad record

            found = read_fields(row.raw, self.model, self.key)
            return repr(row.raw) if found is None else found

        return key

    def _raw_key(self, row: dict[str, Any] | BadRecord) -> Hashable:
        item = row.raw if isinstance(row, BadRecord) else row
        fields = _fields_of(item)
        values = [fields.get(name) for name in self.key]
        if values[0] is None or not all(isinstance(value, _KEY_TYPES) for value in values):
            return repr(item)  # the record as a whole names itself
        return tuple(values)

    async def _page(
        self,
        read: Callable[[Window], Awaitable[Response]],
        decode: Callable[[bytes], Sequence[M | BadRecord]],
        remedy: str,
        window: Window,
    ) -> Page[M | BadRecord]:
        response = await read(window)
        rows = self._read(response, decode, searched=True)
        items = [
            evolve(row, error=row.error.of(response, accepted=False, remedy=remedy))
            if isinstance(row, BadRecord)
            else row
            for row in rows
        ]
        self._http.stats.records += sum(not isinstance(row, BadRecord) for row in rows)
        return Page(
            items,
            parse_pagination(response.headers),
            parse_rate_limit(response.headers),
            response,
        )

    async def _get(
        self,
        id: Id,
        query: Mapping[str, object] | None = None,
        shape: type[Any] | None = None,
    ) -> T:
        if self.found_by is not None:
            return await self._find(id, self.found_by)
        pairs = encode_query(query, shape) if query and shape is not None else ()
        response = await self._send("GET", f"{self.path}/{self._segment(id)}", query=pairs)
        return self._read(response, self._codec.one)

    async def _find(self, id: Id, filter_name: str) -> T:
        """Get one record through the list, where Katana offers no other way."""
        wanted = self._segment(id)
        response = await self._send("GET", self.path, query=((filter_name, wanted),))
        for record in self._read(response, self._codec.many):
            # Looked at, since a filter that the server ignores would answer with other records.
            if str(getattr(record, self.key[0], None)) == wanted:
                return record
        problem = Problem(name="NotFoundError", message=f"there is none with id {wanted}")
        raise NotFound(problem, status=404, method="GET", path=self.path, attempts=1)

    async def _create(self, body: Mapping[str, object], shape: type[Any]) -> T:
        response = await self._send("POST", self.path, body=encode_body(body, shape))
        return self._read(response, self._codec.one)

    async def _create_maybe(self, body: Mapping[str, object], shape: type[Any]) -> T | None:
        response = await self._send("POST", self.path, body=encode_body(body, shape))
        return self._read(response, self._codec.one) if response.content.strip() else None

    async def _update(
        self,
        id: Id,
        changes: Mapping[str, object],
        shape: type[Any],
        *,
        preserve: bool = False,
    ) -> T:
        response = await self._patch(id, changes, shape, preserve=preserve)
        return self._read(response, self._codec.one)

    async def _patch(
        self,
        id: Id,
        changes: Mapping[str, object],
        shape: type[Any],
        *,
        preserve: bool = False,
    ) -> Response:
        extra = self._http.options.extra_body.keys()
        if not changes and not extra:
            raise ValueError(
                "nothing to change: name at least one field (Katana rejects an empty PATCH)"
            )
        segment = self._segment(id)
        coded = shape_of(shape).apply(changes)
        wiped = [name for name in self.preserves if name not in coded.keys() | extra]
        if preserve and wiped:
            before = await self._get(id)
            for name in wiped:
                text = getattr(before, name)
                if isinstance(text, str) and text:
                    coded[name] = text
        return await self._send("PATCH", f"{self.path}/{segment}", body=to_json(coded))

    async def _delete(self, id: Id) -> None:
        await self._send("DELETE", f"{self.path}/{self._segment(id)}")

    async def _call(
        self, method: str, path: str, body: Mapping[str, object], shape: type[Any]
    ) -> Response:
        return await self._send(method, path, body=encode_body(body, shape))

    async def _call_with_rows(
        self, path: str, rows: Sequence[Mapping[str, object]], shape: type[Any]
    ) -> Response:
        """POST an array of objects, which some operations take instead of one."""
        if isinstance(rows, Mapping):
            raise TypeError("rows takes a list: put the one row in [ ]")
        return await self._send("POST", path, body=encode_rows(rows, shape))

    def _read_one(self, response: Response, model: type[M]) -> M:
        return self._read(response, Codec(model, self.path, self._http.stats).one)

    def _read_some(self, response: Response, model: type[M]) -> Sequence[M]:
        """Read a list, or the one object that Katana's example shows in its place."""
        content = response.content.lstrip()
        if content.startswith(b"{") and not content.startswith(b'{"data"'):
            return (self._read_one(response, model),)
        return self._read_many(response, model)

    def _read_many(self, response: Response, model: type[M]) -> Sequence[M]:
        return self._read(response, Codec(model, self.path, self._http.stats).many)

    async def _many(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        shape: type[Any],
        model: type[M],
    ) -> Sequence[M]:
        return self._read_many(await self._call(method, path, body, shape), model)


class Gets(Collection[T]):
    """A collection whose records can be read by id."""

    async def get(self, id: int, /) -> T:
        """Read one record.

        Raises:
            NotFound: There is none with this id, or it was deleted.
        """
        return await self._get(id)


class Finds(Collection[T]):
    """A collection whose records are read by id through its list: Katana has no call for one."""

    found_by = "ids"

    async def get(self, id: int, /) -> T:
        """Read one record, through the list: Katana has no call for one.

        Raises:
            NotFound: There is none with this id, or it was deleted.
        """
        return await self._get(id)


class FindsByUuid(Collection[T]):
    """A collection whose records are read by UUID through its list: Katana has no call for one."""

    uuids = True

    async def get(self, id: UUID | str, /) -> T:
        """Read one record, through the list: Katana has no call for one.

        Raises:
            NotFound: There is none with this id, or it was deleted.
            ValueError: The text is not a UUID.
        """
        return await self._get(id)


class Deletes(Collection[T]):
    """A collection whose records can be deleted by id."""

    async def delete(self, id: int, /) -> None:
        """Delete one record. After a lost answer it is asked again, and gone counts as deleted.

        Raises:
            NotFound: There is none with this id.
            PreconditionFailed: What belongs to it must be deleted first.
        """
        await self._delete(id)


class DeletesByUuid(Collection[T]):
    """A collection whose records can be deleted by UUID."""

    uuids = True

    async def delete(self, id: UUID | str, /) -> None:
        """Delete one record. After a lost answer it is asked again, and gone counts as deleted.

        Raises:
            NotFound: There is none with this id.
            ValueError: The text is not a UUID.
        """
        await self._delete(id)
