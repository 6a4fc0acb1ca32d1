"""The API application: identifies the caller, applies the rate limit and calls the endpoint."""

import logging
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

from .account import AccountState
from .callers import Caller, Callers
from .endpoints import ApiEndpoint, Call, Result, validate_body
from .errors import RequestRefused, bad_request, not_found, too_many_requests, unauthorized_request
from .limits import Quota, RateLimiter
from .store import Id
from .wire import Answer, HttpRequest, parse_json, write_json

BASE = "/v1"

_logger = logging.getLogger(__name__)

_JSON = ("Content-Type", "application/json; charset=utf-8")


class Router:
    """A table of the endpoints by method and path."""

    def __init__(self, endpoints: Iterable[ApiEndpoint]) -> None:
        self.endpoints: dict[str, ApiEndpoint] = {}
        for endpoint in endpoints:
            self.endpoints.setdefault(endpoint.name, endpoint)

    def find(self, method: str, path: str, segments: list[str]) -> tuple[ApiEndpoint, str | None]:
        """Return the endpoint, and the id, which is the second segment of a path with one.

        Raises:
            RequestRefused: 404, no such operation.
        """
        if (endpoint := self.endpoints.get(f"{method} {path}")) is not None:
            return endpoint, None
        if len(segments) > 1:
            template = "/".join([segments[0], "{id}", *segments[2:]])
            if (endpoint := self.endpoints.get(f"{method} /{template}")) is not None:
                return endpoint, segments[1]
        raise not_found("operation", f"{method} {path}")


class App:
    """The API as a function from requests to answers, without I/O."""

    def __init__(
        self,
        account: AccountState,
        limits: RateLimiter,
        callers: Callers,
        endpoints: Iterable[ApiEndpoint],
    ) -> None:
        self.account = account
        self.limits = limits
        self.callers = callers
        self.router = Router(endpoints)

    def operation_of(self, request: HttpRequest) -> str | None:
        """Return the name of a request's operation; None for an unknown path."""
        try:
            endpoint, _ = self._route(request)
        except RequestRefused:
            return None
        return endpoint.name

    def answer(self, request: HttpRequest) -> Answer:
        """Carry out a request and return the answer, without the headers of `add_headers`."""
        try:
            caller = self._admit(request)
            with self.account.store.lock:
                reply = self._call(request, caller)
        except RequestRefused as refusal:
            return self.answer_refusal(refusal)
        except Exception as error:
            # A defect of the sandbox: the answer names the error.
            _logger.exception("the sandbox failed at %s %s", request.method, request.path)
            name = type(error).__name__
            failure = RequestRefused(500, "SandboxError", f"The sandbox failed: {name}.")
            return self.answer_refusal(failure)
        body = b"" if reply.payload is None else write_json(reply.payload)
        headers = (_JSON, *reply.headers) if body else reply.headers
        return Answer(reply.status, body, headers)

    def spend(self, request: HttpRequest) -> None:
        """Count a request towards its caller's limit without carrying it out."""
        caller = self.callers.find_caller(request)
        if caller is not None and caller.valid:
            self.limits.draw(caller.id, 1)

    def add_headers(self, answer: Answer, request: HttpRequest, *, skew: float = 0.0) -> Answer:
        """Add the headers of every answer: the date, the rate limit, a cookie.

        Args:
            skew: Seconds added to times, as by a clock that is wrong.
        """
        headers = [("Date", formatdate(self.account.clock.time() + skew, usegmt=True))]
        caller = self.callers.find_caller(request)
        if self.account.oddities.rate_limit_headers:
            quota = self.limits.read_quota(caller.id if caller else "")
            headers += _rate_limit_headers(quota, skew)
        if self.account.oddities.set_cookie and caller is not None:
            headers.append(("Set-Cookie", f"katana_tenant={caller.id}; Path=/"))
        return answer.with_headers(*headers)

    def _admit(self, request: HttpRequest) -> Caller:
        caller = self.callers.find_caller(request)
        if caller is None or not caller.valid:
            raise unauthorized_request()
        quota = self.limits.spend(caller.id)
        if not quota.allowed:
            raise too_many_requests(quota.retry_after)
        return caller

    def _route(self, request: HttpRequest) -> tuple[ApiEndpoint, str | None]:
        if request.path.startswith(BASE + "/"):
            path = request.path.removeprefix(BASE)
            return self.router.find(request.method, path, request.segments[1:])
        raise not_found("operation", f"{request.method} {request.path}")

    def _call(self, request: HttpRequest, caller: Caller) -> Result:
        endpoint, written = self._route(request)
        record_id = None if written is None else _read_id(written, uuid=endpoint.declaration.uuid)
        body = None
        if endpoint.declaration.body is not None:
            body = validate_body(endpoint, _read_body(request))
        self.account.run_delayed()
        account = self.account.snapshot(endpoint.collection) if endpoint.reads else self.account
        form = request.header("x-custom-fields-format")
        asked = (endpoint, request.query, record_id, body, caller.company, form)
        return endpoint.run(Call(account, *asked))

    def answer_refusal(self, refusal: RequestRefused) -> Answer:
        """Return the answer to a refused request, without the headers of `add_headers`."""
        oddities = self.account.oddities
        body = refusal.body(oddities.error_paths, wrapped=oddities.wrapped_errors)
        return Answer(refusal.status, write_json(body), (_JSON, *refusal.headers))


def _read_id(written: str, *, uuid: bool) -> Id:
    if uuid:
        return written
    if not (written.isascii() and written.isdigit()) or len(written) > 10:
        raise bad_request(f"The id {written!r} is no whole number.", code="INVALID_PARAMETER_VALUE")
    return int(written)


def _read_body(request: HttpRequest) -> Any:
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
