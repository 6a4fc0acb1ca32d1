"""The API: takes a request, tells who asks and whether they may, and calls the operation."""

import logging
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

from .account import Account
from .callers import Caller, Callers
from .codec import parse_json, write_json
from .errors import Refusal, bad_request, not_found, too_many, unauthorized
from .limits import Limits, Quota
from .operations import Call, Operation, Reply, validated
from .store import Id
from .wire import Answer, Request

BASE = "/v1"

_logger = logging.getLogger(__name__)

_JSON = ("Content-Type", "application/json; charset=utf-8")


class Router:
    """Finds the operation that a method and a path mean."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations: dict[str, Operation] = {}
        for operation in operations:
            self.operations.setdefault(operation.name, operation)

    def find(self, method: str, path: str, segments: list[str]) -> tuple[Operation, str | None]:
        """Return the operation and the id in its path, which is the second segment of it.

        Raises:
            Refusal: 404, there is no such operation.
        """
        if (operation := self.operations.get(f"{method} {path}")) is not None:
            return operation, None
        if len(segments) > 1:
            template = "/".join([segments[0], "{id}", *segments[2:]])
            if (operation := self.operations.get(f"{method} /{template}")) is not None:
                return operation, segments[1]
        raise not_found("operation", f"{method} {path}")


class App:
    """Answers requests. Does no I/O."""

    def __init__(
        self,
        account: Account,
        limits: Limits,
        callers: Callers,
        operations: Iterable[Operation],
    ) -> None:
        self.account = account
        self.limits = limits
        self.callers = callers
        self.router = Router(operations)

    def operation_of(self, request: Request) -> str | None:
        """Return the name of the operation a request means, if there is such."""
        try:
            operation, _ = self._route(request)
        except Refusal:
            return None
        return operation.name

    def answer(self, request: Request) -> Answer:
        """Let a request take effect and return the answer, without the headers of `stamped`."""
        try:
            caller = self._admit(request)
            with self.account.store.lock:
                reply = self._call(request, caller)
        except Refusal as refusal:
            return self.refused(refusal)
        except Exception as error:
            # A mistake of the sandbox's own; whoever runs it should not have to guess.
            _logger.exception("the sandbox failed at %s %s", request.method, request.path)
            name = type(error).__name__
            return self.refused(Refusal(500, "SandboxError", f"The sandbox failed: {name}."))
        body = b"" if reply.payload is None else write_json(reply.payload)
        headers = (_JSON, *reply.headers) if body else reply.headers
        return Answer(reply.status, body, headers)

    def spend(self, request: Request) -> None:
        """Count a request towards its caller's limit, and do nothing else."""
        caller = self.callers.of(request)
        if caller is not None and caller.valid:
            self.limits.draw(caller.id, 1)

    def stamped(self, answer: Answer, request: Request, *, skew: float = 0.0) -> Answer:
        """Add the headers that every answer has: the date, the rate limit, a cookie.

        Args:
            skew: Seconds by which the server's clock seems off.
        """
        headers = [("Date", formatdate(self.account.clock.time() + skew, usegmt=True))]
        caller = self.callers.of(request)
        if self.account.oddities.rate_limit_headers:
            quota = self.limits.look(caller.id if caller else "")
            headers += _rate_limit_headers(quota, skew)
        if self.account.oddities.set_cookie and caller is not None:
            headers.append(("Set-Cookie", f"katana_tenant={caller.id}; Path=/"))
        return answer.having(*headers)

    def _admit(self, request: Request) -> Caller:
        caller = self.callers.of(request)
        if caller is None or not caller.valid:
            raise unauthorized()
        quota = self.limits.spend(caller.id)
        if not quota.allowed:
            raise too_many(quota.retry_after)
        return caller

    def _route(self, request: Request) -> tuple[Operation, str | None]:
        if request.path.startswith(BASE + "/"):
            path = request.path.removeprefix(BASE)
            return self.router.find(request.method, path, request.segments[1:])
        raise not_found("operation", f"{request.method} {request.path}")

    def _call(self, request: Request, caller: Caller) -> Reply:
        operation, written = self._route(request)
        record_id = None if written is None else _read_id(written, uuid=operation.declared.uuid)
        body = None
        if operation.declared.body is not None:
            body = validated(operation, _read_body(request))
        self.account.run_delayed()
        account = self.account.as_read(operation.collection) if operation.reads else self.account
        form = request.header("x-custom-fields-format")
        asked = (operation, request.query, record_id, body, caller.company, form)
        return operation.run(Call(account, *asked))

    def refused(self, refusal: Refusal) -> Answer:
        """Return the answer to a request that is refused, without the headers of `stamped`."""
        oddities = self.account.oddities
        body = refusal.body(oddities.error_paths, wrapped=oddities.wrapped_errors)
        return Answer(refusal.status, write_json(body), (_JSON, *refusal.headers))


def _read_id(written: str, *, uuid: bool) -> Id:
    if uuid:
        return written
    if not (written.isascii() and written.isdigit()) or len(written) > 10:
        raise bad_request(f"The id {written!r} is no whole number.", code="INVALID_PARAMETER_VALUE")
    return int(written)


def _read_body(request: Request) -> Any:
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise bad_request("The request body must be of the type application/json.")
    try:
        return parse_json(request.body)
    except (ValueError, RecursionError):
        raise bad_request("The request body is no JSON.", code="INVALID_JSON") from None


def _rate_limit_headers(quota: Quota, skew: float) -> list[tuple[str, str]]:
    return [
        ("X-Ratelimit-Limit", str(quota.limit)),
        ("X-Ratelimit-Remaining", str(quota.remaining)),
        ("X-Ratelimit-Reset", str(round((quota.reset + skew) * 1000))),
    ]
