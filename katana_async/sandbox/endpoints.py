"""Endpoints: the operations of the API, and the regular ones that a collection's spec provides."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

from attrs import evolve, field, frozen

from .account import AccountState
from .callers import Company
from .errors import ErrorDetail, RequestRefused, invalid_reference, not_found, unprocessable
from .gateway import Declaration, find_declaration
from .overrides import too_fine_time
from .query import ListPage, ListQuery, Param, build_predicate, parse_list_query, query_params
from .schema import iter_errors, to_stored_form
from .store import Id, Layout, Ranking, Record, Table

Action = Literal["list", "get", "create", "update", "search"]

_DEFAULT_LIMIT = 50


@frozen
class Call:
    """A call of an endpoint.

    Attributes:
        pairs: Name and value of each query parameter.
        id: The id in the path.
        body: The parsed body; None without one.
        company: The company that connected the calling app; None for an API key.
        format: The value of the header X-Custom-Fields-Format.
    """

    account: AccountState
    endpoint: "ApiEndpoint"
    pairs: list[tuple[str, str]]
    id: Id | None = None
    body: Any = None
    company: Company | None = None
    format: str | None = None

    def presentation(
        self, record: Record, action: "Action", extended: frozenset[str] = frozenset()
    ) -> "Presentation":
        """Return the presentation of a record in the answer to this call."""
        return Presentation(self.account, record, action, extended, self.body or {}, self.format)

    @property
    def list_query(self) -> ListQuery:
        """The parsed query.

        Raises:
            RequestRefused: 400, a parameter's value is not valid.
        """
        declared, params = self.endpoint.declaration, self.endpoint.params
        return parse_list_query(self.pairs, params, dates=declared.dates, paging=declared.paging)


@frozen
class Result:
    """The result of a call; a payload of None is an empty body."""

    status: int
    payload: Any = None
    headers: tuple[tuple[str, str], ...] = ()


@frozen(kw_only=True)
class ApiEndpoint:
    """An operation of Katana's document and the function that answers it.

    Attributes:
        path: The path below the base URL, with `{id}` in the place of the id.
        fields: The fields of the listed records, which query parameters filter by.
    """

    method: str
    path: str
    run: Callable[[Call], Result]
    fields: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def collection(self) -> str:
        """The first segment of the path."""
        return self.path.split("/")[1]

    @property
    def reads(self) -> bool:
        """Whether the operation changes nothing."""
        return self.method == "GET" or self.path.endswith("/search")

    @property
    def declaration(self) -> Declaration:
        """The declaration in Katana's document."""
        found = find_declaration(self.name)
        assert found is not None, self.name
        return found

    @property
    def params(self) -> tuple[Param, ...]:
        """The query parameters, except those of paging and dates."""
        return query_params(self.name, self.fields)


@frozen
class Presentation:
    """A record, and the context in which an answer shows it.

    Attributes:
        action: The kind of operation; several show different fields.
        extended: The names of the linked objects to embed.
        given: The body of the request.
        format: The value of the header X-Custom-Fields-Format.
    """

    account: AccountState
    record: Record
    action: Action
    extended: frozenset[str] = frozenset()
    body: Record = field(factory=dict[str, Any])
    format: str | None = None


def leave_out(record: Record, *fields: str) -> Record:
    """Return a copy of a record without some fields."""
    return {name: value for name, value in record.items() if name not in fields}


def without(*fields: str) -> Callable[[Presentation], Record]:
    """Return a `present` function that copies records and leaves some fields out."""
    return lambda presentation: leave_out(presentation.record, *fields)


@frozen(kw_only=True)
class CollectionSpec:
    """The behaviour of a collection's operations.

    Katana's document declares which operations a collection has, and their parameters and bodies.

    Attributes:
        layout: The layout of the table, which has the collection's name unless `path` is given.
        present: Returns a record as an answer shows it.
        check_call: Called before each operation; raises `RequestRefused` to refuse the call.
        bare_list: Whether the list is a bare array instead of `{"data": [...]}`.
        create: Creates a record and its children from a valid body; None if POST is not offered,
            or is one of `extra_endpoints`.
        read_changes: Returns the changes of a record that a valid body asks for.
        before_delete: Called before a record is deleted; raises `RequestRefused` to refuse it.
        around_change: Entered around an update with the record and its changes, and around a
            deletion with empty changes. Undoes and redoes the record's effects on others.
        cleared_fields: Fields that a PATCH sets to null unless its body has them.
        extra_endpoints: Further endpoints; one of the same name replaces a regular one.
        path: The collection's name in paths, if it is not the table's.
    """

    layout: Layout
    present: Callable[[Presentation], Record]
    check_call: Callable[[Call], None] = lambda _call: None
    bare_list: bool = False
    create: Callable[[AccountState, Record], Record] | None = None
    read_changes: Callable[[AccountState, Record, Record], Record] | None = None
    before_delete: Callable[[AccountState, Record], None] | None = None
    around_change: Callable[[AccountState, Record, Record], AbstractContextManager[None]] = (
        lambda _account, _before, _changes: nullcontext()
    )

    cleared_fields: tuple[str, ...] = ()
    extra_endpoints: tuple[ApiEndpoint, ...] = field(default=())
    path: str | None = None

    @property
    def name(self) -> str:
        """The collection's name in paths."""
        return self.path or self.layout.name

    def endpoints(self) -> Iterator[ApiEndpoint]:
        """Yield the endpoints of the collection."""
        root, one = f"/{self.name}", f"/{self.name}/{{id}}"
        regular: dict[tuple[str, str], Callable[[Call], Result]] = {
            ("GET", root): self._list,
            ("GET", one): self._get,
            ("PATCH", one): self._update,
            ("DELETE", one): self._delete,
        }
        if self.create is not None:
            regular["POST", root] = self._create
        own = {endpoint.name for endpoint in self.extra_endpoints}
        for (method, path), run in regular.items():
            name = f"{method} {path}"
            if find_declaration(name) is not None and name not in own:
                endpoint = ApiEndpoint(method=method, path=path, run=run, fields=self.fields)
                yield self._with_check(endpoint)
        yield from map(self._with_check, self.extra_endpoints)

    def _with_check(self, endpoint: ApiEndpoint) -> ApiEndpoint:
        def run(call: Call) -> Result:
            self.check_call(call)
            return endpoint.run(call)

        return evolve(endpoint, run=run)

    @property
    def fields(self) -> frozenset[str]:
        """The fields of a record."""
        return frozenset({"id", "created_at", "updated_at", *self.layout.defaults})

    def table(self, account: AccountState) -> Table:
        """Return the table of the collection's records."""
        return account.store[self.layout.name]

    def get_record(self, account: AccountState, id: Id | None, *, deleted: bool = False) -> Record:
        """Return a record; a deleted one only with `deleted=True`.

        Raises:
            RequestRefused: 404, no such record.
        """
        record = None if id is None else self.table(account).get(id, deleted=deleted)
        if record is None:
            raise not_found(f"record in {self.name} with the id", id)
        return record

    def _list(self, call: Call) -> Result:
        list_query, params = call.list_query, call.endpoint.params
        names = {param.name for param in params}
        table = self.table(call.account)
        predicate, name = build_predicate(list_query, params, dates=False)
        shows_deleted = self.name in call.account.oddities.shows_deleted
        view = table.view(
            predicate,
            name,
            deleted=list_query.is_on("include_deleted") or shows_deleted,
            archived=list_query.is_on("include_archived") or "include_archived" not in names,
            among=self._candidates(table, list_query, params),
            bounds=list_query.bounds,
        )
        page = ListPage(len(view.keys), self._limit(call.account, list_query), list_query.page)
        rows = [
            self.present(call.presentation(record, "list", list_query.extended))
            for record in table.rows(view, page.offset, page.stop)
        ]
        return Result(200, rows if self.bare_list else {"data": rows}, (page.header,))

    def _limit(self, account: AccountState, list_query: ListQuery) -> int:
        ignored = self.name in account.oddities.ignores_limit
        return _DEFAULT_LIMIT if ignored else list_query.limit

    def _candidates(
        self, table: Table, list_query: ListQuery, params: tuple[Param, ...]
    ) -> list[Id] | None:
        """Return the ids that an `ids` filter or a filter by link allows; None without one."""
        if (ids := list_query.values.get("ids")) is not None:
            return list(ids)
        for param in params:
            field = param.filter.field
            if param.name not in list_query.values or param.filter.compare is not None:
                continue
            if field in table.links:
                parents = list_query.values[param.name]
                return [
                    child["id"]
                    for parent in parents
                    for child in table.children(field, parent, deleted=True)
                ]
        return None

    def _get(self, call: Call) -> Result:
        list_query = call.list_query
        record = self.get_record(call.account, call.id, deleted=list_query.is_on("include_deleted"))
        return Result(200, self.present(call.presentation(record, "get", list_query.extended)))

    def _create(self, call: Call) -> Result:
        assert self.create is not None
        record = self.create(call.account, call.body)
        return Result(200, self.present(call.presentation(record, "create")))

    def _update(self, call: Call) -> Result:
        before = self.get_record(call.account, call.id)
        changes = dict.fromkeys(self.cleared_fields)
        if self.read_changes is None:
            changes |= call.body
        else:
            changes |= self.read_changes(call.account, before, call.body)
        if changes:
            with self.around_change(call.account, before, changes):
                self.table(call.account).update(before["id"], changes)
        after = self.get_record(call.account, before["id"])
        return Result(200, self.present(call.presentation(after, "update")))

    def _delete(self, call: Call) -> Result:
        record = self.get_record(call.account, call.id)
        if self.before_delete is not None:
            self.before_delete(call.account, record)
        with self.around_change(call.account, record, {}):
            call.account.delete(self.layout.name, record["id"])
        return Result(204)


def list_rows(call: Call, rows: list[Record]) -> Result:
    """Answer with a page of those computed rows that match the query."""
    list_query = call.list_query
    predicate, _ = build_predicate(list_query, call.endpoint.params)
    fitting = [row for row in rows if predicate is None or predicate(row)]
    page = ListPage(len(fitting), list_query.limit, list_query.page)
    return Result(200, {"data": fitting[page.offset : page.stop]}, (page.header,))


def validate_body(endpoint: ApiEndpoint, body: Any) -> Any:
    """Return a valid body in stored form.

    Raises:
        RequestRefused: 422, the body is not valid, or a PATCH is empty.
    """
    schema = endpoint.declaration.body
    assert schema is not None
    problems = list(iter_errors(schema, body))
    if not problems and (name := too_fine_time(endpoint.name, body)) is not None:
        message = "must not be finer than milliseconds"
        problems = [ErrorDetail((name,), "format", message, {"format": "date-time"})]
    if problems:
        raise unprocessable(*problems)
    if endpoint.method == "PATCH" and not body:
        message = "The request body has nothing to change."
        raise RequestRefused(422, "UnprocessableEntityError", message)
    return to_stored_form(schema, body)


def rerank_endpoint(path: str, collection: str, is_open: Callable[[Record], bool]) -> ApiEndpoint:
    """Return the endpoint that moves orders within their list.

    Args:
        path: The endpoint's path.
        collection: The collection of the orders.
        is_open: Returns whether an order has a rank.
    """

    def run(call: Call) -> Result:
        account, ids, place = call.account, call.body["order_ids"], call.body["place"]
        table = account.store[collection]
        moved = [
            _open_order_number(table, each, is_open, "order_ids", at) for at, each in enumerate(ids)
        ]
        ranking = table.ranking or Ranking(account.clock)
        keys = ranking.arrange(table.view(deleted=True, archived=True).keys, newest=True)
        remaining = [number for _, number in reversed(keys) if number not in moved]
        at = 0 if place.get("position") == "top" else len(remaining)
        for name, offset in (("before_id", 0), ("after_id", 1)):
            if name in place:
                neighbour = _open_order_number(table, place[name], is_open, "place", name)
                if neighbour in moved:
                    raise invalid_reference("must not be one of order_ids", "place", name)
                at = remaining.index(neighbour) + offset
        order = [*remaining[:at], *moved, *remaining[at:]]
        ranking.change(order, account.clock.time() + account.oddities.rank_lag)
        table.ranking = ranking
        return Result(200, {"order_ids": ids}) if account.oddities.rerank_answers else Result(204)

    return ApiEndpoint(method="POST", path=path, run=run)


def _open_order_number(
    table: Table, id: Id, is_open: Callable[[Record], bool], *path: str | int
) -> int:
    record, number = table.get(id), table.numbering.number(id)
    if record is None or number is None or not is_open(record):
        raise invalid_reference("must be the id of an open order", *path)
    return number
