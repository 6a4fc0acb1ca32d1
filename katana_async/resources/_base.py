"""Base classes of the collections: their shared rules, and the requests behind their methods."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, partial
from operator import attrgetter, itemgetter
from typing import Any, ClassVar, Generic, TypeVar, cast, get_args
from uuid import UUID

from attrs import evolve, frozen

from ..errors import DecodingError, NotFound
from ..http.decoding.codec import BadRecord, Codec
from ..http.encoding import encode_body, encode_query, encode_rows, shape_of, write_json
from ..http.messages import (
    Repeat,
    Request,
    Response,
    parse_pagination,
    repeat_of,
    safe_path,
)
from ..http.pages import LARGEST_PAGE, Form, Page, Pages, Source, count_bad_records
from ..http.transport import Transport
from ..http.walk import Window
from ._hints import ListCall, refuse_ignored, refuse_paging
from ._ids import Id, number_segment, uuid_segment
from ._with_model import check_subclass, choose_model

T = TypeVar("T")
M = TypeVar("M")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., object])

_KEY_TYPES = (int, str, Decimal, type(None))
_SKIP = "Its .on_error('skip') skips such records"
_RAW_OR_SKIP = f"The list's .raw() returns the records as sent. {_SKIP}"


def _fields_of(item: object) -> dict[str, object]:
    return cast("dict[str, object]", item) if isinstance(item, dict) else {}


@frozen
class Route:
    """The HTTP operation of a method; `path` is below the base address."""

    method: str
    path: str
    body: Any = None


def operation(method: str, path: str, *, body: Any = None) -> Callable[[F], F]:
    """Declare the operation of a method that differs from the regular one of its collection.

    `path` has `{id}` in the place of an id, and `{record}` in that of the collection's path in the
    singular. `body` is the annotation of the body if the keyword arguments are not the body.
    """

    def mark(function: F) -> F:
        function.__dict__["__operation__"] = Route(method, path, body)
        return function

    return mark


class _Endpoint(Generic[T]):
    """A path of the API, and the model of its answers: the argument of the class's base."""

    path: ClassVar[str]
    model: type[T]

    def __init_subclass__(cls, path: str = "") -> None:
        super().__init_subclass__()
        if path:
            cls.path = path
        for base in cls.__dict__.get("__orig_bases__", ()):
            if not isinstance(model := get_args(base)[0], TypeVar):
                cls.model = model

    def __init__(self, http: Transport) -> None:
        self._http = http

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"

    @cached_property
    def _own_codec(self) -> Codec[T]:
        return Codec(self.model, self.path, self._http.stats)

    @property
    def _codec(self) -> Codec[T]:
        model = choose_model(self.model, self.path)
        if model is self.model:
            return self._own_codec
        return Codec(model, self.path, self._http.stats)

    def _read(self, response: Response, read: Callable[[bytes], R], *, searched: bool = False) -> R:
        """Decode an answer, and attach it to the error if it does not fit the model.

        `searched` is True for the answer of a search, which is a POST and not a write.
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
        choose_model(self.model, self.path)  # refuses a wrong class before anything is sent
        if repeat is None:
            repeat = repeat_of(method, body)
        return await self._http.send(Request(method, safe_path(path), query, body, repeat))


class Single(_Endpoint[T]):
    """An object that exists exactly once per account."""

    async def get(self) -> T:
        """Get the object."""
        return self._read(await self._send("GET", self.path), self._codec.one)


class Collection(_Endpoint[T]):
    """Records of one kind. The methods of all collections follow the rules below.

    `list(**filters)` returns the records that match all filters, as `Pages`: newest first, unless
    the method documents another order. Texts match exactly. `extend` embeds related records. An
    unknown filter raises TypeError. An empty filter or None raises ValueError, because Katana would
    ignore it and return every record.

    `get(id)` returns one record.

    `create(**body)` creates a record and returns it.

    `update(id, **changes)` changes the given fields of a record and returns it. Omitted fields keep
    their values. None clears a field whose type includes None. Without any field it raises
    ValueError.

    `delete(id)` deletes one record. If the answer is lost, the request is sent again, and a 404
    then counts as success. It raises `PreconditionFailed` if other records depend on the record.

    Every call that is given an id raises `NotFound` if no record has this id or it was deleted. Ids
    are whole numbers, or UUIDs where the signature has `UUID | str`; a text that is no UUID raises
    ValueError. Every call with a body raises `ValidationFailed` if Katana refuses a field
    (`.details` has the field and the reason), TypeError for an unknown or a missing field, and
    ValueError for a time without an offset.

    Katana clears `additional_info` of some records when an update omits it. `update` of these
    collections has the argument `preserve`. If it is True, the default, the record is read first
    and its `additional_info` is sent along. This costs a second request, and overwrites a change
    that another client makes in between. False sends only the given fields.

    The reference has a link to Katana's page of each collection and method. In the source, the
    addresses are in `resources/katana_pages.toml`.
    """

    # The fields that identify a record. If there are several, an answer may omit all but the first.
    key: ClassVar[tuple[str, ...]] = ("id",)
    # True if ids are UUIDs; False if they are whole numbers.
    uuids: ClassVar[bool] = False
    # The filter that finds one record by its id; None if Katana has a call for that.
    found_by: ClassVar[str | None] = None
    # The fields that a PATCH without them clears.
    preserves: ClassVar[tuple[str, ...]] = ()
    # False if Katana returns the whole list in one answer.
    paged: ClassVar[bool] = True

    def __init_subclass__(cls, path: str = "") -> None:
        super().__init_subclass__(path)
        for name in ("list", "search"):
            if name in cls.__dict__:
                setattr(cls, name, refuse_paging(cls.__dict__[name]))

    @classmethod
    def _segment(cls, id: Id) -> str:
        """Return an id as one part of a path; raise TypeError or ValueError if it cannot be one."""
        return (uuid_segment if cls.uuids else number_segment)(id, cls.path.lstrip("/"))

    def _list(
        self, filters: Mapping[str, object] | None = None, shape: type[Any] | None = None
    ) -> Pages[T]:
        refuse_ignored(self.path, filters or {})
        query = () if shape is None else encode_query(filters or {}, shape)

        async def read(window: Window) -> Response:
            paging = (("limit", str(window.limit)), ("page", str(window.page)))
            return await self._send("GET", self.path, query=query + paging if self.paged else query)

        return self._pages(read, LARGEST_PAGE)

    def _pages(self, read: Callable[[Window], Awaitable[Response]], largest: int) -> Pages[T]:
        return ListCall(self._source(read, largest, self.model))

    def _source(
        self, request: Callable[[Window], Awaitable[Response]], largest: int, model: type[M]
    ) -> Source[M]:
        codec = Codec(check_subclass(model, self.model, self.path), self.path, self._http.stats)
        return Source(
            request=request,
            models=Form(partial(self._page, codec.rows, _RAW_OR_SKIP), self._keys),
            raw=Form(partial(self._page, codec.raw_rows, _SKIP), self._raw_keys),
            path=self.path,
            largest=largest,
            paged=self.paged,
            stats=self._http.stats,
            with_model=partial(self._source, request, largest),
        )

    def _keys(self, rows: Sequence[object]) -> list[Hashable]:
        attribute: Callable[[object], Hashable] = attrgetter(*self.key)
        try:
            return list(map(attribute, rows))
        except AttributeError:
            pass  # one of them is a BadRecord
        from ..http.decoding.tolerant import read_fields

        keys: list[Hashable] = []
        for row in rows:
            if isinstance(row, BadRecord):
                found = read_fields(row.raw, self.model, self.key)
                keys.append(repr(row.raw) if found is None else found)
            else:
                keys.append(attribute(row))
        return keys

    def _raw_keys(self, rows: Sequence[dict[str, Any] | BadRecord]) -> list[Hashable]:
        if len(self.key) == 1:
            keys: list[Hashable]
            try:
                keys = list(map(itemgetter(*self.key), cast("Sequence[dict[str, Any]]", rows)))
            except (KeyError, TypeError):
                keys = [None]  # a record has no id, or is a BadRecord
            if set(map(type, keys)) <= {int, str}:
                return keys
        return [self._raw_key(row) for row in rows]

    def _raw_key(self, row: dict[str, Any] | BadRecord) -> Hashable:
        item = row.raw if isinstance(row, BadRecord) else row
        fields = _fields_of(item)
        values = [fields.get(name) for name in self.key]
        if values[0] is None or not all(isinstance(value, _KEY_TYPES) for value in values):
            return repr(item)  # without an id, the whole record identifies itself
        return values[0] if len(values) == 1 else tuple(values)

    def _page(
        self,
        decode: Callable[[bytes], Sequence[M | BadRecord]],
        remedy: str,
        response: Response,
    ) -> Page[M | BadRecord]:
        rows = self._read(response, decode, searched=True)
        bad = count_bad_records(rows)
        self._http.stats.records += len(rows) - bad
        if bad:
            rows = [
                evolve(row, error=row.error.of(response, accepted=False, remedy=remedy))
                if isinstance(row, BadRecord)
                else row
                for row in rows
            ]
        return Page(rows, parse_pagination(response.headers), response)

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
        """Find one record through the list, for collections without a call for one record."""
        wanted = self._segment(id)
        response = await self._send("GET", self.path, query=((filter_name, wanted),))
        for record in self._read(response, self._codec.many):
            # A server that ignores the filter answers with other records, so the id is compared.
            if str(getattr(record, self.key[0], None)) == wanted:
                return record
        raise NotFound(
            f"there is none with id {wanted}",
            name="NotFoundError",
            status=404,
            method="GET",
            path=self.path,
            attempts=1,
        )

    async def _create(self, body: Mapping[str, object], shape: type[Any]) -> T:
        response = await self._send("POST", self.path, body=encode_body(body, shape))
        return self._read(response, self._codec.one)

    async def _create_many(self, body: Mapping[str, object], shape: type[Any]) -> Sequence[T]:
        response = await self._send("POST", self.path, body=encode_body(body, shape))
        return self._read(response, self._codec.many)

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
        return await self._send("PATCH", f"{self.path}/{segment}", body=write_json(coded))

    async def _delete(self, id: Id) -> None:
        await self._send("DELETE", f"{self.path}/{self._segment(id)}")

    async def _call(
        self, method: str, path: str, body: Mapping[str, object], shape: type[Any]
    ) -> Response:
        return await self._send(method, path, body=encode_body(body, shape))

    async def _call_with_rows(
        self, path: str, rows: Sequence[Mapping[str, object]], shape: type[Any]
    ) -> Response:
        """POST an array of objects, for the operations that take no single object."""
        if isinstance(rows, Mapping):
            raise TypeError("rows takes a list: put a single row in [ ]")
        return await self._send("POST", path, body=encode_rows(rows, shape))

    def _read_one(self, response: Response, model: type[M]) -> M:
        return self._read(response, Codec(model, self.path, self._http.stats).one)

    def _read_many(self, response: Response, model: type[M]) -> Sequence[M]:
        return self._read(response, Codec(model, self.path, self._http.stats).many)


class Gets(Collection[T]):
    """A collection with `get` by id."""

    async def get(self, id: int, /) -> T:
        """Get one record."""
        return await self._get(id)


class Finds(Collection[T]):
    """A collection with `get` by id through a filter of its list."""

    found_by = "ids"

    async def get(self, id: int, /) -> T:
        """Get one record through the list, since Katana has no call for one record."""
        return await self._get(id)


class FindsByUuid(Collection[T]):
    """A collection with `get` by UUID through a filter of its list."""

    uuids = True

    async def get(self, id: UUID | str, /) -> T:
        """Get one record through the list, since Katana has no call for one record."""
        return await self._get(id)


class Deletes(Collection[T]):
    """A collection with `delete` by id."""

    async def delete(self, id: int, /) -> None:
        """Delete one record."""
        await self._delete(id)


class GetsAndDeletes(Gets[T], Deletes[T]):
    """A collection with `get` and `delete` by id."""


class FindsAndDeletes(Finds[T], Deletes[T]):
    """A collection with `get` by id through a filter of its list, and `delete`."""


class DeletesByUuid(Collection[T]):
    """A collection with `delete` by UUID."""

    uuids = True

    async def delete(self, id: UUID | str, /) -> None:
        """Delete one record."""
        await self._delete(id)
