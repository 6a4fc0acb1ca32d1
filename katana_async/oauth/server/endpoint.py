"""The authorization server over the network: its token endpoint, and its revocation endpoint."""

import asyncio
import logging
from asyncio import FIRST_COMPLETED
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from attrs import define, field
from yarl import URL

from ...errors import ConfigurationError, TokenRequestFailed
from ...http.clock import Clock
from ...http.exchange import Failure, Reason, exchange
from ...http.messages import Response
from ...http.options import Options
from ...http.retry import Fate, backoff
from ...http.session import SessionHolder
from ...secrets import Secret
from ..tokens.refresh import GRACE
from .answers import parse_tokens
from .forms import Form, Tokens
from .traffic import Traffic

log = logging.getLogger("katana_async")


class Revocation(StrEnum):
    """What became of the tokens of a connection that was disconnected (RFC 7009)."""

    NOT_ASKED = "not asked"
    """They were forgotten here, and end by themselves."""
    REVOKED = "revoked"
    SHARED = "shared"
    """Not revoked: another connection has the same user, or may have, and could end with it."""
    NOT_OFFERED = "not offered"
    """The server has no revocation endpoint: the tokens end by themselves."""
    FAILED = "failed"


_NEVER = 86_400.0  # seconds
_TRIES = 3  # only while the request certainly was not sent
_LARGEST_ANSWER = 256 * 1024
_NOT_OFFERED = frozenset({404, 405, 501})

_LOOK = 0.05
"""What is kept of `GRACE` for one more look when the time for an answer is over, as it is a share
of the timeout. The rest of it is for getting as far as sending."""


class _Shut(Exception):
    """It is too late to send."""


@define(eq=False)
class _Gate:
    """Send a form (an `Outgoing`), unless it is too late to wait for the answer.

    aiohttp tells neither when it sends nor whether it did: it waits for a free connection, a name,
    a socket and TLS, all within one call. Only who writes the body knows that this is over.

    Attributes:
        form: What is sent.
        clock: Time.
        until: When it is too late.
        shut: True when nothing may be sent any more.
        passed: Set when the form is being written; before that, certainly nothing of it is out.
    """

    form: Form
    clock: Clock
    until: float
    shut: bool = False
    passed: asyncio.Event = field(factory=asyncio.Event, init=False)

    @property
    def method(self) -> str:
        return self.form.method

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return self.form.secrets

    @property
    def may_come_back(self) -> bool:
        return self.form.may_come_back

    def headers(self) -> dict[str, str]:
        return self.form.headers()

    # Any, since aiohttp takes payloads as it takes bytes.
    def body(self) -> Any:
        return _Body(self.form.body(), self)

    def pass_through(self) -> None:
        """Note that the form goes out now.

        Raises:
            _Shut: It is too late: this process was stopped, say, and its lease is over.
        """
        self.shut = self.shut or self.clock.now() >= self.until
        if self.shut:
            raise _Shut
        self.passed.set()


class _Body(aiohttp.BytesPayload):
    """The bytes of a form, which go out through its gate."""

    def __init__(self, content: bytes, gate: _Gate) -> None:
        super().__init__(content)
        self._gate = gate

    async def write(self, writer: AbstractStreamWriter) -> None:
        self._gate.pass_through()
        await super().write(writer)

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        self._gate.pass_through()
        await super().write_with_length(writer, content_length)


@define(eq=False)
class Endpoint:
    """The token endpoint.

    Attributes:
        session: What requests travel over.
        token_url: Its address.
        revoke_url: The revocation endpoint's; None where there is none.
        timeout: Seconds for one answer, counted from when the request goes out.
        clock: Time.
        traffic: When to ask.
    """

    session: SessionHolder
    token_url: URL
    revoke_url: URL | None
    timeout: float
    clock: Clock
    traffic: Traffic = field(init=False)
    _told: set[str] = field(factory=set[str], init=False)

    def __attrs_post_init__(self) -> None:
        self.traffic = Traffic(self.clock)

    async def ask(
        self, form: Form, until: float | None = None
    ) -> Tokens | TokenRequestFailed | ConfigurationError:
        """Send a request for tokens, once; again only while it certainly was not sent.

        The outcome is returned, since this frame sees the tokens.

        Args:
            form: The request.
            until: When on the clock it is too late to send it. An answer is there, or was given up,
                `Timing.answer` after that at the latest. None: so that all of it is over
                `Timing.answer` from now.
        """
        began = self.clock.now()
        outcome = await self._ask(form, until)
        self.traffic.note(outcome, began)
        return outcome

    async def _ask(
        self, form: Form, until: float | None
    ) -> Tokens | TokenRequestFailed | ConfigurationError:
        answer = await self._send(self.token_url, form, until)
        if isinstance(answer, Response):
            found = parse_tokens(answer, form.secrets)
            if isinstance(found, Tokens):
                self._tell(found.odd)
            return found
        if isinstance(answer, ConfigurationError):
            return answer
        return TokenRequestFailed(
            f"no answer from the token endpoint at {self.token_url.host}: {answer.message}",
            outcome_unknown=answer.fate is Fate.UNKNOWN,
            may_still_happen=answer.fate is Fate.UNKNOWN,
        )

    async def revoke(self, form: Form) -> Revocation:
        """Revoke a token (RFC 7009), and return what became of it."""
        if self.revoke_url is None:
            return Revocation.NOT_OFFERED
        answer = await self._send(self.revoke_url, form, None)
        if isinstance(answer, Response):
            if 200 <= answer.status < 300:
                return Revocation.REVOKED
            if answer.status in _NOT_OFFERED:
                return Revocation.NOT_OFFERED
        return Revocation.FAILED

    def _tell(self, odd: tuple[str, ...]) -> None:
        """Say what is odd about answers that gave tokens: once, since each will be so."""
        new = [each for each in odd if each not in self._told]
        self._told.update(new)
        if new:
            log.warning(
                "the token endpoint at %s gave tokens, but not as OAuth has it: %s. They are used",
                self.token_url.host,
                "; ".join(new),
            )

    async def _send(
        self, url: URL, form: Form, until: float | None
    ) -> Response | Failure | ConfigurationError:
        if until is None:
            until = self.clock.now() + self.timeout * (GRACE - _LOOK)
        answer: Response | Failure | ConfigurationError = _too_late()
        for attempt in range(1, _TRIES + 1):
            try:
                session = self.session.get()
            except ConfigurationError as error:
                return error.with_traceback(None)
            # One attempt may use all that is left: who asks a pool anew is last in its queue.
            left = until - self.clock.now()
            if left <= 0:
                return answer
            options = Options(
                timeout=_NEVER, connect_timeout=left, max_response_bytes=_LARGEST_ANSWER
            )
            gate = _Gate(form, self.clock, until)
            asking = exchange(session, self.session.settings, url, gate, options, _NEVER)
            answer = await self._answered(asking, gate, left)
            again = isinstance(answer, Failure) and answer.fate is Fate.NOT_SENT
            wait = backoff(attempt)
            if not again or attempt == _TRIES or self.clock.now() + wait >= until:
                return answer
            await self.clock.sleep(wait)
        raise AssertionError("the loop returns")

    async def _answered(
        self,
        asking: Coroutine[Any, Any, Response | Failure | ConfigurationError],
        gate: _Gate,
        left: float,
    ) -> Response | Failure | ConfigurationError:
        """Await an answer for all of the timeout, from when the request went out.

        When that is over it is looked once more. A process that was stopped for long finds its
        timer run out when it goes on, and perhaps an answer that came meanwhile and was not read
        yet. It holds the only good refresh token.
        """
        task = asyncio.ensure_future(asking)
        passing = asyncio.ensure_future(gate.passed.wait())
        try:
            await asyncio.wait((task, passing), timeout=left, return_when=FIRST_COMPLETED)
            if not gate.passed.is_set() and not task.done():
                return _too_late()
            spare = max(0.0, gate.until - self.clock.now())
            more = min(self.timeout * GRACE, spare + self.timeout * _LOOK)
            for seconds in (self.timeout, more):
                await asyncio.wait((task,), timeout=seconds)
                if task.done():
                    return _known(task.result(), gate)
        finally:
            gate.shut = True
            task.cancel()
            passing.cancel()
        return Failure(Fate.UNKNOWN, f"no answer within {self.timeout:g} s", Reason.TIMEOUT)


def _known(
    answer: Response | Failure | ConfigurationError, gate: _Gate
) -> Response | Failure | ConfigurationError:
    """Return what came of a request, certain of its fate where it did not get out."""
    if not isinstance(answer, Failure) or gate.passed.is_set() or answer.fate is not Fate.UNKNOWN:
        return answer
    if gate.shut:
        return _too_late()
    return Failure(Fate.NOT_SENT, answer.message, answer.reason)


def _too_late() -> Failure:
    message = "no connection in time to wait for the answer"
    return Failure(Fate.NOT_SENT, message, Reason.TIMEOUT)
