"""What can be called: operations, and the usual ones of a collection made from its declaration."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

from attrs import field, frozen

from .account import Account
from .callers import Company
from .errors import Refusal, invalid, not_found
from .layout import Layout
from .pages import Page
from .query import INCLUDE_ARCHIVED, INCLUDE_DELETED, Param, Question, acceptance, read_question
from .schema import Object, Schema
from .store import Id, Record, Table

How = Literal["list", "get", "create", "update", "search"]

_DEFAULT_LIMIT = 50


@frozen
class Call:
    """One call of an operation, with what came in it.

    Attributes:
        id: The id in the path.
        body: The parsed body; None when there was none.
        company: The company that connected the app which calls; None for an API key.
    """

    account: Account
    pairs: list[tuple[str, str]]
    id: Id | None = None
    body: Any = None
    company: Company | None = None


@frozen
class Reply:
    """What an operation gives back; a payload of None is an empty body."""

    status: int
    payload: Any = None
    headers: tuple[tuple[str, str], ...] = ()


@frozen(kw_only=True)
class Operation:
    """Something that can be called.

    Attributes:
        path: Its path below the base URL, with `{id}` where the id goes.
        params: The query parameters it knows, paging and dates apart.
        paging: Whether it takes `limit` and `page`.
        dates: Whether it takes `created_at_min` and the like.
        body: What its body may hold; None when it takes none.
        uuid: Whether the id in its path is a UUID.
    """

    method: str
    path: str
    run: Callable[[Call], Reply]
    params: tuple[Param, ...] = ()
    paging: bool = False
    dates: bool = False
    body: Schema | None = None
    uuid: bool = False

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


@frozen
class Showing:
    """A record that is to be written as an answer shows it.

    Attributes:
        how: The kind of operation that shows it.
        extended: The names of the linked objects to embed.
    """

    account: Account
    record: Record
    how: How
    extended: frozenset[str] = frozenset()


def _no_effects(_account: Account, _before: Record, _changes: Record) -> nullcontext[None]:
    return nullcontext()


def without(*fields: str) -> Callable[[Showing], Record]:
    """Return how records are written that answers show as they are, but for some fields."""

    def present(showing: Showing) -> Record:
        shown = showing.record.items()
        return {name: value for name, value in shown if name not in fields}

    return present


@frozen(kw_only=True)
class Collection:
    """A collection, as a row in a table of declarations.

    Attributes:
        layout: The layout of its table, which is called as its path is unless told otherwise.
        present: How its records are written.
        params: The query parameters of its list.
        dates: Whether its list can be asked by dates.
        lists: Whether it can be listed.
        bare: Whether its list is a bare array instead of `{"data": [...]}`.
        gets: Whether one record can be read.
        get_params: The query parameters for reading one record.
        create: What the body of a POST may hold; None when there is no such operation.
        update: What the body of a PATCH may hold; None when there is no such operation.
        deletes: Whether a record can be deleted.
        creating: Makes a record (with what belongs to it) of a valid body.
        updating: Returns what a valid body changes in a record.
        deleting: Is called before a record is deleted, and may refuse.
        settling: Is entered around an update, with the record and its changes, and around a
            deletion, with none. What a record does to others is taken back and done anew there.
        wiped: Fields that a PATCH sets to null unless it names them.
        more: Operations of its own.
        path: The name in its path, where it is not that of the table.
    """

    layout: Layout
    present: Callable[[Showing], Record]
    params: tuple[Param, ...] = ()
    dates: bool = False
    lists: bool = True
    bare: bool = False
    gets: bool = True
    get_params: tuple[Param, ...] = ()
    create: Object | None = None
    update: Object | None = None
    deletes: bool = False
    creating: Callable[[Account, Record], Record] | None = None
    updating: Callable[[Account, Record, Record], Record] | None = None
    deleting: Callable[[Account, Record], None] | None = None
    settling: Callable[[Account, Record, Record], AbstractContextManager[None]] = _no_effects
    wiped: tuple[str, ...] = ()
    more: tuple[Operation, ...] = field(default=())
    path: str | None = None

    @property
    def name(self) -> str:
        """The name in its path."""
        return self.path or self.layout.name

    def operations(self) -> Iterator[Operation]:
        """Yield everything that can be called on the collection."""
        root, one = f"/{self.name}", f"/{self.name}/{{id}}"
        if self.lists:
            yield Operation(
                method="GET",
                path=root,
                run=self._list,
                params=self.params,
                paging=True,
                dates=self.dates,
            )
        if self.gets:
            yield Operation(
                method="GET", path=one, run=self._get, params=self.get_params, uuid=self.layout.uuid
            )
        if self.create is not None:
            yield Operation(method="POST", path=root, run=self._create, body=self.create)
        if self.update is not None:
            yield Operation(
                method="PATCH", path=one, run=self._update, body=self.update, uuid=self.layout.uuid
            )
        if self.deletes:
            yield Operation(method="DELETE", path=one, run=self._delete, uuid=self.layout.uuid)
        yield from self.more

    def table(self, account: Account) -> Table:
        """Return the table of the collection's records."""
        return account.store[self.layout.name]

    def found(self, account: Account, id: Id | None, *, deleted: bool = False) -> Record:
        """Return a record; one that is deleted only if asked for.

        Raises:
            Refusal: 404, there is none.
        """
        record = None if id is None else self.table(account).get(id, deleted=deleted)
        if record is None:
            raise not_found(f"record in {self.name} with the id", id)
        return record

    def _list(self, call: Call) -> Reply:
        question = read_question(call.pairs, self.params, dates=self.dates, paging=True)
        table = self.table(call.account)
        accepts, name = acceptance(question, self.params)
        view = table.view(
            accepts,
            name,
            deleted=question.asks(INCLUDE_DELETED.name),
            archived=question.asks(INCLUDE_ARCHIVED.name) or INCLUDE_ARCHIVED not in self.params,
            among=self._candidates(table, question),
        )
        page = Page(len(view.keys), self._limit(call.account, question), question.page)
        rows = [
            self.present(Showing(call.account, record, "list", question.extended))
            for record in table.rows(view, page.offset, page.stop)
        ]
        return Reply(200, rows if self.bare else {"data": rows}, (page.header,))

    def _limit(self, account: Account, question: Question) -> int:
        ignored = self.name in account.oddities.ignores_limit
        return _DEFAULT_LIMIT if ignored else question.limit

    def _candidates(self, table: Table, question: Question) -> list[Id] | None:
        """Return the ids that can fit at all, when a filter says so; None when all can."""
        if (ids := question.values.get("ids")) is not None:
            return list(ids)
        for param in self.params:
            if param.name not in question.values or param.fits is not None:
                continue
            if param.field in table.links:
                parents = question.values[param.name]
                return [
                    child["id"]
                    for parent in parents
                    for child in table.children(param.field, parent, deleted=True)
                ]
        return None

    def _get(self, call: Call) -> Reply:
        question = read_question(call.pairs, self.get_params, dates=False, paging=False)
        deleted = question.asks(INCLUDE_DELETED.name)
        record = self.found(call.account, call.id, deleted=deleted)
        return Reply(200, self.present(Showing(call.account, record, "get", question.extended)))

    def _create(self, call: Call) -> Reply:
        assert self.creating is not None
        record = self.creating(call.account, call.body)
        return Reply(200, self.present(Showing(call.account, record, "create")))

    def _update(self, call: Call) -> Reply:
        before = self.found(call.account, call.id)
        changes = dict.fromkeys(self.wiped)
        if self.updating is None:
            changes |= call.body
        else:
            changes |= self.updating(call.account, before, call.body)
        if changes:
            with self.settling(call.account, before, changes):
                self.table(call.account).update(before["id"], changes)
        after = self.found(call.account, before["id"])
        return Reply(200, self.present(Showing(call.account, after, "update")))

    def _delete(self, call: Call) -> Reply:
        record = self.found(call.account, call.id)
        if self.deleting is not None:
            self.deleting(call.account, record)
        with self.settling(call.account, record, {}):
            self.table(call.account).delete(record["id"])
        return Reply(204)


def validated(operation: Operation, body: Any) -> Any:
    """Return a body that is what the operation takes.

    Raises:
        Refusal: 422, it is not, or it is a PATCH that changes nothing.
    """
    assert operation.body is not None
    problems = list(operation.body.check(body))
    if problems:
        raise invalid(problems)
    if operation.method == "PATCH" and not body:
        raise Refusal(
            422, "UnprocessableEntityError", "The request body has nothing to change.", None
        )
    return operation.body.take(body)
