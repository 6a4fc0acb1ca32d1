"""What can be called: operations, and the usual ones of a collection made from its declaration."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

from attrs import evolve, field, frozen

from .account import Account
from .callers import Company
from .errors import Problem, Refusal, invalid, not_found
from .gateway import Declared, declaration_of
from .layout import Layout
from .overrides import too_fine_time
from .pages import Page
from .query import Param, Question, acceptance, params_of, read_question
from .schema import check, store_form
from .store import Id, Record, Table

How = Literal["list", "get", "create", "update", "search"]

_DEFAULT_LIMIT = 50


@frozen
class Call:
    """One call of an operation, with what came in it.

    Attributes:
        operation: The operation that is called.
        pairs: The query.
        id: The id in the path.
        body: The parsed body; None when there was none.
        company: The company that connected the app which calls; None for an API key.
        format: The header X-Custom-Fields-Format.
    """

    account: Account
    operation: "Operation"
    pairs: list[tuple[str, str]]
    id: Id | None = None
    body: Any = None
    company: Company | None = None
    format: str | None = None

    def showing(
        self, record: Record, how: "How", extended: frozenset[str] = frozenset()
    ) -> "Showing":
        """Return a record as the answer is to show it."""
        return Showing(self.account, record, how, extended, self.body or {}, self.format)

    @property
    def question(self) -> Question:
        """What its query asks for.

        Raises:
            Refusal: 400, a parameter has a value that it cannot have.
        """
        operation = self.operation
        known = operation.declared
        return read_question(self.pairs, operation.params, dates=known.dates, paging=known.paging)


@frozen
class Reply:
    """What an operation gives back; a payload of None is an empty body."""

    status: int
    payload: Any = None
    headers: tuple[tuple[str, str], ...] = ()


@frozen(kw_only=True)
class Operation:
    """An operation of Katana's document that the sandbox offers.

    Attributes:
        path: Its path below the base URL, with `{id}` where the id goes.
        fields: The fields of the records that it selects by its query.
    """

    method: str
    path: str
    run: Callable[[Call], Reply]
    fields: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def collection(self) -> str:
        """The collection in its path."""
        return self.path.split("/")[1]

    @property
    def reads(self) -> bool:
        """Whether it only reads."""
        return self.method == "GET" or self.path.endswith("/search")

    @property
    def declared(self) -> Declared:
        """Its declaration in Katana's document."""
        found = declaration_of(self.name)
        assert found is not None, self.name
        return found

    @property
    def params(self) -> tuple[Param, ...]:
        """Its query parameters, except those of paging and dates."""
        return params_of(self.name, self.fields)


@frozen
class Showing:
    """A record that is to be written as an answer shows it.

    Attributes:
        how: The kind of operation that shows it.
        extended: The names of the linked objects to embed.
        given: The body of the request.
        format: The header X-Custom-Fields-Format.
    """

    account: Account
    record: Record
    how: How
    extended: frozenset[str] = frozenset()
    given: Record = field(factory=dict[str, Any])
    format: str | None = None


def _no_check(_call: Call) -> None:
    pass


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

    Which operations it has, and what they take, is in Katana's document. What is declared here is
    what they do.

    Attributes:
        layout: The layout of its table, which has the name of its path unless `path` is given.
        present: How its records are written.
        checking: Is called before any of its operations, and may refuse.
        bare: Whether its list is a bare array instead of `{"data": [...]}`.
        creating: Makes a record (with what belongs to it) of a valid body; None if a POST is not
            offered, or is among `more`.
        updating: Returns what a valid body changes in a record.
        deleting: Is called before a record is deleted, and may refuse.
        settling: Is entered around an update, with the record and its changes, and around a
            deletion, with none. What a record does to others is undone and done again there.
        wiped: Fields that a PATCH sets to null unless it names them.
        more: Operations of its own, which replace the regular ones.
        path: The name in its path, where it is not that of the table.
    """

    layout: Layout
    present: Callable[[Showing], Record]
    checking: Callable[[Call], None] = _no_check
    bare: bool = False
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
        regular: dict[tuple[str, str], Callable[[Call], Reply]] = {
            ("GET", root): self._list,
            ("GET", one): self._get,
            ("PATCH", one): self._update,
            ("DELETE", one): self._delete,
        }
        if self.creating is not None:
            regular["POST", root] = self._create
        own = {operation.name for operation in self.more}
        for (method, path), run in regular.items():
            name = f"{method} {path}"
            if declaration_of(name) is not None and name not in own:
                yield self._checked(
                    Operation(method=method, path=path, run=run, fields=self.fields)
                )
        yield from map(self._checked, self.more)

    def _checked(self, operation: Operation) -> Operation:
        def run(call: Call) -> Reply:
            self.checking(call)
            return operation.run(call)

        return evolve(operation, run=run)

    @property
    def fields(self) -> frozenset[str]:
        """The fields of its records."""
        return frozenset({"id", "created_at", "updated_at", *self.layout.defaults})

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
        question, params = call.question, call.operation.params
        known = {param.name for param in params}
        table = self.table(call.account)
        accepts, name = acceptance(question, params)
        shows_deleted = self.name in call.account.oddities.shows_deleted
        view = table.view(
            accepts,
            name,
            deleted=question.asks("include_deleted") or shows_deleted,
            archived=question.asks("include_archived") or "include_archived" not in known,
            among=self._candidates(table, question, params),
        )
        page = Page(len(view.keys), self._limit(call.account, question), question.page)
        rows = [
            self.present(call.showing(record, "list", question.extended))
            for record in table.rows(view, page.offset, page.stop)
        ]
        return Reply(200, rows if self.bare else {"data": rows}, (page.header,))

    def _limit(self, account: Account, question: Question) -> int:
        ignored = self.name in account.oddities.ignores_limit
        return _DEFAULT_LIMIT if ignored else question.limit

    def _candidates(
        self, table: Table, question: Question, params: tuple[Param, ...]
    ) -> list[Id] | None:
        """Return the ids that can fit at all, when a filter says so; None when all can."""
        if (ids := question.values.get("ids")) is not None:
            return list(ids)
        for param in params:
            field = param.filter.field
            if param.name not in question.values or param.filter.fits is not None:
                continue
            if field in table.links:
                parents = question.values[param.name]
                return [
                    child["id"]
                    for parent in parents
                    for child in table.children(field, parent, deleted=True)
                ]
        return None

    def _get(self, call: Call) -> Reply:
        question = call.question
        record = self.found(call.account, call.id, deleted=question.asks("include_deleted"))
        return Reply(200, self.present(call.showing(record, "get", question.extended)))

    def _create(self, call: Call) -> Reply:
        assert self.creating is not None
        record = self.creating(call.account, call.body)
        return Reply(200, self.present(call.showing(record, "create")))

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
        return Reply(200, self.present(call.showing(after, "update")))

    def _delete(self, call: Call) -> Reply:
        record = self.found(call.account, call.id)
        if self.deleting is not None:
            self.deleting(call.account, record)
        with self.settling(call.account, record, {}):
            call.account.delete(self.layout.name, record["id"])
        return Reply(204)


def list_rows(call: Call, rows: list[Record]) -> Reply:
    """Answer with a page of computed rows, those that the query selects."""
    question = call.question
    accepts, _ = acceptance(question, call.operation.params)
    fitting = [row for row in rows if accepts is None or accepts(row)]
    page = Page(len(fitting), question.limit, question.page)
    return Reply(200, {"data": fitting[page.offset : page.stop]}, (page.header,))


def validated(operation: Operation, body: Any) -> Any:
    """Return a body that is what the operation takes.

    Raises:
        Refusal: 422, it is not, or it is a PATCH that changes nothing.
    """
    schema = operation.declared.body
    assert schema is not None
    problems = list(check(schema, body))
    if not problems and (name := too_fine_time(operation.name, body)) is not None:
        message = "must not be finer than milliseconds"
        problems = [Problem((name,), "format", message, {"format": "date-time"})]
    if problems:
        raise invalid(problems)
    if operation.method == "PATCH" and not body:
        raise Refusal(
            422, "UnprocessableEntityError", "The request body has nothing to change.", None
        )
    return store_form(schema, body)
