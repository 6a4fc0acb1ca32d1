"""Requests to the authorization server's token and revocation endpoints."""

import asyncio
from asyncio import get_running_loop
from collections.abc import AsyncGenerator, AsyncIterable, Coroutine
from enum import StrEnum
from itertools import count
from typing import Any

import aiohttp
from attrs import define, evolve, field
from yarl import URL

from ...errors import ConfigurationError, TokenRequestFailed
from ...http.clock import Clock
from ...http.exchange import Failure, Reason, exchange
from ...http.messages import Response
from ...http.options import Options
from ...http.retry import Fate, backoff
from ...http.session import SessionHolder
from ...secrets import Secret
from ..settings import GRACE, LAST_LOOK, AuthorizationServer
from .answers import TokenOutcome, parse_tokens
from .forms import Form
from .traffic import EndpointTraffic

_NO_LIMIT = 86_400.0  # seconds: `_await_answer` has the limit
_MOST_ATTEMPTS = 3  # only while the request certainly was not sent
_LARGEST_ANSWER = 256 * 1024

_TOO_LATE = Failure(Fate.NOT_SENT, "no connection in time to wait for the answer", Reason.TIMEOUT)

_Outcome = Response | Failure | ConfigurationError


class Revocation(StrEnum):
    """The result of revoking a disconnected connection's tokens (RFC 7009)."""

    NOT_ASKED = "not asked"
    """Revocation was not requested: the tokens expire."""
    REVOKED = "revoked"
    SHARED = "shared"
    """Not revoked: another connection has the same user, or may have, and could end with it."""
    NOT_OFFERED = "not offered"
    """The server has no revocation endpoint: the tokens expire."""
    FAILED = "failed"
    """The server, the store or the row's key failed: the tokens may still be valid."""


class _Body(aiohttp.AsyncIterablePayload):
    def __init__(self, content: AsyncIterable[bytes], size: int) -> None:
        super().__init__(content)
        self._size = size


@define(eq=False)
class _Attempt:
    """One attempt to send a form. Until the first byte is written, it can be prevented."""

    form: Form
    clock: Clock
    until: float  # monotonic seconds from which the form is not sent any more: the lease ends
    is_closed: bool = False
    # Done when aiohttp takes the body: it has waited for a connection, DNS, a socket and TLS.
    sent: asyncio.Future[None] = field(factory=lambda: get_running_loop().create_future())
    method: str = "POST"
    may_come_back: bool = True  # the form's secrets: without rotation, answers repeat the token

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return self.form.secrets

    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/x-www-form-urlencoded", "Cache-Control": "no-store"}

    # Any, because aiohttp accepts payloads where it accepts bytes.
    def body(self) -> Any:
        return _Body(self._write(), len(self.form.encode()))

    async def _write(self) -> AsyncGenerator[bytes, None]:
        # The process may have been stopped meanwhile, so that its lease has expired.
        self.is_closed = self.is_closed or self.clock.now() >= self.until
        if self.is_closed:
            raise TimeoutError
        if not self.sent.done():
            self.sent.set_result(None)
        yield self.form.encode()


@define(eq=False)
class TokenEndpoint:
    """The token and the revocation endpoint of an authorization server."""

    session: SessionHolder
    server: AuthorizationServer
    # Seconds for the answer once the form is sent. Connecting may take another fifth of it.
    timeout: float
    clock: Clock
    traffic: EndpointTraffic = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.traffic = EndpointTraffic(self.clock)

    async def request_tokens(self, form: Form, until: float | None = None) -> TokenOutcome:
        """Send a form; return the tokens, or the error to raise: its frames would hold the answer.

        Args:
            form: The request.
            until: The time in monotonic seconds from which the form is not sent any more; by
                default a fifth of `timeout` from now.
        """
        began = self.clock.now()
        url = URL(self.server.token_url)
        outcome: _Outcome | TokenOutcome = await self._send(url, form, until)
        if isinstance(outcome, Response):
            outcome = parse_tokens(outcome, form.secrets)
        elif isinstance(outcome, Failure):
            is_unknown = outcome.fate is Fate.UNKNOWN
            outcome = TokenRequestFailed(
                f"no answer from the token endpoint at {url.host}: {outcome.message}",
                outcome_unknown=is_unknown,
                may_still_happen=is_unknown,
            )
        self.traffic.record(outcome, began)
        return outcome

    async def revoke(self, form: Form) -> Revocation:
        """Send a form to the revocation endpoint, and return the result."""
        if self.server.revoke_url is None:
            return Revocation.NOT_OFFERED
        answer = await self._send(URL(self.server.revoke_url), form, None)
        if not isinstance(answer, Response):
            return Revocation.FAILED
        if 200 <= answer.status < 300:
            return Revocation.REVOKED
        return Revocation.NOT_OFFERED if answer.status in (404, 405, 501) else Revocation.FAILED

    async def _send(self, url: URL, form: Form, until: float | None) -> _Outcome:
        if until is None:
            until = self.clock.now() + self.timeout * (GRACE - LAST_LOOK)
        answer: _Outcome = _TOO_LATE
        for attempt in count(1):
            # An attempt may use all the remaining time: a new one would join the end of the queue
            # for connections.
            left = until - self.clock.now()
            if left <= 0:
                break
            try:
                session = self.session.get()
            except ConfigurationError as error:
                return error.with_traceback(None)
            options = Options(connect_timeout=left, max_response_bytes=_LARGEST_ANSWER)
            sending = _Attempt(form, self.clock, until)
            request = exchange(session, self.session, url, sending, options, _NO_LIMIT)
            answer = await self._await_answer(request, sending, left)
            is_unsent = isinstance(answer, Failure) and answer.fate is Fate.NOT_SENT
            wait = backoff(attempt)
            if not is_unsent or attempt == _MOST_ATTEMPTS or self.clock.now() + wait >= until:
                break
            await self.clock.sleep(wait)
        return answer

    async def _await_answer(
        self, request: Coroutine[Any, Any, _Outcome], sending: _Attempt, left: float
    ) -> _Outcome:
        """Await an answer for the whole timeout, from the moment at which the form was sent."""
        task, sent = asyncio.ensure_future(request), sending.sent
        try:
            await asyncio.wait((task, sent), timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not sent.done() and not task.done():
                return _TOO_LATE
            # A process that was stopped finds its timer expired, and perhaps an answer in its
            # socket, with the only valid refresh token. So look once more.
            spare = max(0.0, sending.until - self.clock.now())
            last_look = min(self.timeout * GRACE, spare + self.timeout * LAST_LOOK)
            for seconds in (self.timeout, last_look):
                await asyncio.wait((task,), timeout=seconds)
                if task.done():
                    break
            else:
                return Failure(Fate.UNKNOWN, f"no answer within {self.timeout:g} s", Reason.TIMEOUT)
            answer = task.result()
            if isinstance(answer, Failure) and answer.fate is Fate.UNKNOWN and not sent.done():
                return _TOO_LATE if sending.is_closed else evolve(answer, fate=Fate.NOT_SENT)
            return answer
        finally:
            sending.is_closed = True
            task.cancel()
