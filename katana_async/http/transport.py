"""Send one request with its waits and retries, in one loop that reads from top to bottom.

credential -> limiter -> connection slot -> credential again -> send -> read -> update the limiter
-> return, retry or fail. Errors are returned as values and raised by the outermost function, so
that no frame of a traceback contains a header.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypedDict, TypeVar

import aiohttp
import msgspec
from attrs import evolve
from msgspec.structs import replace
from yarl import URL

from ..auth import Auth, Credential
from ..errors import (
    APIError,
    ConfigurationError,
    ConnectionFailed,
    KatanaError,
    RateLimited,
    TimedOut,
    api_error_class,
)
from ..secrets import Secret, redact
from .answers import record
from .clock import Clock
from .exchange import ApiCall, Failure, Reason, exchange
from .limits import Feedback, Grant, Limits, QuotaClosed
from .messages import (
    Repeat,
    Request,
    Response,
    parse_date,
    parse_problem,
    parse_rate_limit,
    parse_retry_after,
)
from .options import Options, Stats
from .retry import (
    Fate,
    RetryBudgets,
    backoff,
    may_repeat_after_failure,
    may_repeat_after_status,
    outcome_unknown_after_status,
)
from .session import BASE_URL, SessionHolder

log = logging.getLogger("katana_async")

T = TypeVar("T")

_MOST_REFUSALS = 5
"""A call fails after it has received only 429s for this many times `max_retry_after`. A 429 does
not count as a failed attempt."""

# The waits of a call, for the message of a deadline.
_CREDENTIALS = "its credentials: a key that is fetched, or a token that is refreshed"
_SLOT = "a connection: all max_connections are in use"

_NO_WAIT = 0.05
"""Seconds. After a longer wait the credential is requested again before sending."""

_NO_CREDENTIAL = Credential(Secret(""), "")


class _Call(msgspec.Struct, eq=False):
    """The state of one call across its attempts."""

    request: Request
    auth: Auth
    deadline: float | None
    credential: Credential = _NO_CREDENTIAL  # until the first attempt
    attempts: int = 0
    failures: int = 0  # attempts that count towards `retries`: a 429 does not
    refused_since: float | None = None  # arrival of the first of the consecutive 429s
    maybe_done: bool = False  # an earlier attempt may have been executed
    waits_for: str = ""

    @property
    def outcome_unknown(self) -> bool:
        """Whether the request is a write that may have been executed."""
        return self.maybe_done and self.request.repeat is not Repeat.READ

    @property
    def facts(self) -> "_Facts":
        """The arguments of every error about this call."""
        return {
            "method": self.request.method,
            "path": self.request.path,
            "attempts": self.attempts,
            "outcome_unknown": self.outcome_unknown,
        }


class _Facts(TypedDict):
    method: str
    path: str
    attempts: int
    outcome_unknown: bool


class _DeadlinePassed(Exception):
    pass


class Transport(msgspec.Struct, eq=False, weakref=True):
    """Send requests for one credential with one set of options.

    Everything but `auth` and `options` is shared by the clients that are derived from one.
    """

    base_url: URL
    auth: Auth | None
    session: SessionHolder
    limits: Limits
    options: Options
    stats: Stats
    budgets: RetryBudgets
    clock: Clock
    rng: Callable[[], float] = random.random  # the jitter, from 0 to 1
    # Texts of `base_url`, which derived transports share.
    _address: str = ""
    _origin: str = ""

    def __post_init__(self) -> None:
        if not self._address:
            self._address, self._origin = str(self.base_url), str(self.base_url.origin())

    def with_auth(self, auth: Auth) -> "Transport":
        return replace(self, auth=auth)

    def with_options(self, options: Options) -> "Transport":
        return replace(self, options=options)

    async def send(self, request: Request) -> Response:
        """Send a request, retry where that is safe, and return the answer (status 2xx).

        Raises a KatanaError, or a ValueError if the options do not fit the request.
        """
        outcome = await self._run(self.options.add_to(request))
        if isinstance(outcome, KatanaError):
            raise outcome
        record(outcome)
        return outcome

    async def _run(self, request: Request) -> Response | KatanaError:
        if self.auth is None:
            return ConfigurationError(
                "this client has no credentials: pass auth= or use with_auth(...)"
            )
        try:
            session = self.session.get()
        except ConfigurationError as error:
            return error.with_traceback(None)
        self.stats.calls += 1
        limit = self.options.deadline
        call = _Call(request, self.auth, None if limit is None else self.clock.now() + limit)
        key_renewed = False
        grant: Grant | None = None
        try:
            while True:
                asked = self.clock.now()
                call.credential = await self._within(call, _CREDENTIALS, call.auth.credential())
                if grant is None:
                    self.budgets.earn(call.credential.quota)
                limiter = self.limits.limiter(self._origin, call.credential.quota)
                turn = limiter.acquire(self.options.priority, grant, self.options.max_retry_after)
                grant = await self._within(call, "its turn", turn)
                outcome = await self._attempt(call, session, grant, asked)
                if outcome is None:
                    continue
                if isinstance(outcome, KatanaError):
                    return outcome
                if isinstance(outcome, Response):
                    if outcome.status < 300:
                        return outcome
                    if outcome.status == 401 and not key_renewed:
                        key_renewed = True
                        renewal = call.auth.rejected(call.credential)
                        if await self._within(call, _CREDENTIALS, renewal):
                            continue
                    done_before = outcome.status == 404 and request.repeat is Repeat.DELETE
                    if done_before and call.maybe_done:
                        return Response(204, outcome.headers, b"", request.method)
                wait = self._retry_after(call, outcome)
                if wait is None or self._too_late(call, wait):
                    return self._error(call, outcome)
                place = f"{request.method} {request.path}"
                log.info("%s: trying again in %.2f s after attempt %d", place, wait, call.attempts)
                self.stats.retries += 1
                # After a 429 the limiter delays the whole quota, this call included.
                if wait and not _is_refusal(outcome):
                    await self.clock.sleep(wait)
        except _DeadlinePassed:
            message = f"the deadline of {limit:g} s passed while waiting for {call.waits_for}"
            return TimedOut(message, **call.facts)
        except QuotaClosed as closed:
            message = f"not sent: the server refuses this key for another {closed.seconds:.0f} s"
            refused = RateLimited(message, status=429, **call.facts)
            refused.retry_after = closed.seconds
            return refused

    def _within(self, call: _Call, waits_for: str, work: Awaitable[T]) -> Awaitable[T]:
        """Return `work`, limited to the deadline of the call if it has one."""
        if call.deadline is None:
            return work
        call.waits_for = waits_for
        return self._until(call.deadline, work)

    async def _until(self, deadline: float, work: Awaitable[T]) -> T:
        limit = asyncio.timeout(max(0.0, deadline - self.clock.now()))
        try:
            async with limit:
                return await work
        except TimeoutError:
            if not limit.expired():
                raise
        raise _DeadlinePassed

    async def _attempt(
        self, call: _Call, session: aiohttp.ClientSession, grant: Grant, asked: float
    ) -> Response | Failure | KatanaError | None:
        """Send the request once, on one of the `max_connections` slots, and return the grant.

        Returns None if nothing was sent, because the credential, which was requested at `asked`,
        was replaced meanwhile by one with another quota.
        """
        slots = self.session.slots
        has_slot = is_sent = False
        try:
            await self._within(call, _SLOT, slots.acquire())
            has_slot = True
            started = self.clock.now()
            if started - asked > _NO_WAIT:
                # The credential may have been replaced while this call waited.
                quota = call.credential.quota
                call.credential = await self._within(call, _CREDENTIALS, call.auth.credential())
                if call.credential.quota != quota:
                    grant.release()
                    return None
                started = self.clock.now()
            if self.session.closed:
                grant.release()
                return self._closed_error(call)
            timeout = self.options.timeout
            if call.deadline is not None:
                timeout = min(timeout, call.deadline - started)
                if timeout <= 0:
                    raise _DeadlinePassed
            call.attempts += 1
            self.stats.requests += 1
            is_sent = True
            outcome = await exchange(
                session,
                self.session,
                URL(self._address + call.request.target, encoded=True),
                ApiCall(call.request, call.credential.token),
                self.options,
                timeout,
            )
        except BaseException:
            if is_sent:  # the request may have arrived before it was cancelled
                grant.abandon()
            else:
                grant.release()
            raise
        finally:
            if has_slot:
                slots.release()
        self._settle(call, grant, outcome)
        if log.isEnabledFor(logging.DEBUG):
            self._log_attempt(call, outcome, self.clock.now() - started)
        return outcome

    def _log_attempt(
        self, call: _Call, outcome: Response | Failure | KatanaError, seconds: float
    ) -> None:
        """Log one attempt without the values of query parameters, which may be personal data."""
        request = call.request
        names = "&".join(dict.fromkeys(name for name, _ in request.query))
        quota = parse_rate_limit(outcome.headers) if isinstance(outcome, Response) else None
        log.debug(
            "%s %s%s at %s: %s in %.3f s (attempt %d, %s)",
            request.method,
            request.path,
            f"?{names}" if names else "",
            self.base_url.authority,
            outcome.status if isinstance(outcome, Response) else "no answer",
            seconds,
            call.attempts,
            f"{quota.remaining} of {quota.limit} requests left" if quota else "quota not stated",
        )

    def _closed_error(self, call: _Call) -> KatanaError:
        """Return the error of a call during which the client was closed."""
        try:
            self.session.get()
        except ConfigurationError as error:
            if not call.outcome_unknown:
                return error.with_traceback(None)
        return ConnectionFailed("the client was closed before an answer arrived", **call.facts)

    def _settle(
        self, call: _Call, grant: Grant, outcome: Response | Failure | ConfigurationError
    ) -> None:
        """Return a grant to the limiter, and note whether the request may have been executed."""
        if isinstance(outcome, Response):
            if outcome_unknown_after_status(call.request, outcome.status):
                call.maybe_done = True
            if outcome.status == 429:
                self.stats.rate_limited += 1
                grant.record_refusal(_feedback(outcome), parse_retry_after(outcome.headers))
            else:
                grant.record_answer(_feedback(outcome))
        elif isinstance(outcome, Failure) and outcome.fate is Fate.UNKNOWN:
            call.maybe_done = True
            grant.abandon()
        else:
            grant.release()

    def _retry_after(self, call: _Call, outcome: Response | Failure) -> float | None:
        """Return the seconds to wait before sending again, or None to give up."""
        asked = parse_retry_after(outcome.headers) if isinstance(outcome, Response) else None
        wait = asked or 0.0
        if _is_refusal(outcome):
            return self._wait_after_refusal(call, wait)
        call.refused_since = None
        call.failures += 1
        if call.failures > self.options.retries:
            return None
        if isinstance(outcome, Failure):
            may_repeat = outcome.reason is not Reason.TOO_LARGE and may_repeat_after_failure(
                call.request, outcome.fate
            )
        else:
            may_repeat = may_repeat_after_status(call.request, outcome.status)
        if not may_repeat or wait > self.options.max_retry_after:
            return None
        if not self.budgets.spend(call.credential.quota):
            log.warning("not trying again: too many requests fail (retry budget spent)")
            return None
        return max(backoff(call.failures, self.rng), wait)

    def _wait_after_refusal(self, call: _Call, asked: float) -> float | None:
        """Return the seconds to wait after a 429, or None to give up."""
        now = self.clock.now()
        if call.refused_since is None:
            call.refused_since = now
        longest = self.options.max_retry_after
        refused_for = now - call.refused_since
        return None if asked > longest or refused_for > _MOST_REFUSALS * longest else asked

    def _too_late(self, call: _Call, wait: float) -> bool:
        return call.deadline is not None and self.clock.now() + wait >= call.deadline

    def _error(self, call: _Call, outcome: Response | Failure) -> ConnectionFailed | APIError:
        request = call.request
        if isinstance(outcome, Failure):
            kind = TimedOut if outcome.reason is Reason.TIMEOUT else ConnectionFailed
            return kind(outcome.message, **call.facts)
        content = redact(outcome.text, ApiCall(request, call.credential.token).secrets).encode()
        problem = parse_problem(content, outcome.headers.get("content-type", ""))
        if 300 <= outcome.status < 400:
            problem = evolve(problem, message="a redirect, which is never followed: check base_url")
        elif hint := self._address_hint(outcome.status, request.path):
            reason = (problem.message or "no reason given").rstrip(".")
            problem = evolve(problem, message=f"{reason}. {hint}")
        error = api_error_class(outcome.status)(
            problem.message or "no reason given",
            name=problem.name,
            code=problem.code,
            details=problem.details,
            status=outcome.status,
            request_id=outcome.request_id,
            **call.facts,
        )
        if isinstance(error, RateLimited):
            error.retry_after = parse_retry_after(outcome.headers)
        return error

    def _address_hint(self, status: int, path: str) -> str:
        """Return a hint at a mistake in the address, or an empty text."""
        if status == 401:
            return f"The request went to {self.base_url.origin()}"
        has_version = "v1" in self.base_url.parts
        if status == 404 and not has_version and not path.startswith("/v1/"):
            return f"base_url {self.base_url} has no /v1, which Katana's has ({BASE_URL})"
        if status == 404 and has_version and path.startswith("/v1/"):
            return f"base_url {self.base_url} has the /v1 already: leave it out of the path"
        return ""


def _is_refusal(outcome: Response | Failure) -> bool:
    return isinstance(outcome, Response) and outcome.status == 429


def _feedback(response: Response) -> Feedback | None:
    quota = parse_rate_limit(response.headers)
    if quota is None:
        return None
    return Feedback(quota.limit, quota.remaining, quota.reset, parse_date(response.headers))
