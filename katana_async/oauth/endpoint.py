"""The authorization server over the network: its token endpoint, and its revocation endpoint."""

import asyncio
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any

from attrs import define
from yarl import URL

from ..errors import ConfigurationError, TokenRequestFailed
from ..http.clock import Clock
from ..http.exchange import Failure, Reason, exchange
from ..http.messages import Response
from ..http.options import Options
from ..http.retry import Fate, backoff
from ..http.session import SessionHolder
from .answers import parse_tokens
from .protocol import Form, Tokens
from .refresh import GRACE


class Revocation(StrEnum):
    """What became of tokens that were to be revoked (RFC 7009)."""

    REVOKED = "revoked"
    NOT_OFFERED = "not offered"
    """The server has no revocation endpoint: the tokens end by themselves."""
    FAILED = "failed"


_NEVER = 86_400.0  # seconds
_TRIES = 3  # only while the request certainly was not sent
_LARGEST_ANSWER = 256 * 1024
_NOT_OFFERED = frozenset({404, 405, 501})


@define(eq=False)
class Endpoint:
    """The token endpoint.

    Attributes:
        session: What requests travel over.
        token_url: Its address.
        revoke_url: The revocation endpoint's; None where there is none.
        timeout: Seconds for one answer.
        clock: Time.
    """

    session: SessionHolder
    token_url: URL
    revoke_url: URL | None
    timeout: float
    clock: Clock

    async def ask(self, form: Form) -> Tokens | TokenRequestFailed | ConfigurationError:
        """Send a request for tokens, once; again only while no connection could be made.

        The outcome is returned, since this frame sees the tokens.
        """
        answer = await self._send(self.token_url, form, _TRIES)
        if isinstance(answer, Response):
            return parse_tokens(answer, form.secrets)
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
        answer = await self._send(self.revoke_url, form, _TRIES)
        if isinstance(answer, Response):
            if 200 <= answer.status < 300:
                return Revocation.REVOKED
            if answer.status in _NOT_OFFERED:
                return Revocation.NOT_OFFERED
        return Revocation.FAILED

    async def _send(
        self, url: URL, form: Form, tries: int
    ) -> Response | Failure | ConfigurationError:
        options = Options(
            timeout=_NEVER,
            connect_timeout=min(5.0, self.timeout),
            max_response_bytes=_LARGEST_ANSWER,
        )
        until = self.clock.now() + self.timeout
        for attempt in range(1, tries + 1):
            try:
                session = self.session.get()
            except ConfigurationError as error:
                return error.with_traceback(None)
            left = max(0.001, until - self.clock.now())
            answer = await _patiently(
                exchange(session, self.session.connection, url, form, options, _NEVER), left
            )
            again = isinstance(answer, Failure) and answer.fate is Fate.NOT_SENT
            wait = backoff(attempt)
            if not again or attempt == tries or self.clock.now() + wait >= until:
                return answer
            await self.clock.sleep(wait)
        raise AssertionError("the loop returns")


async def _patiently(
    asking: Coroutine[Any, Any, Response | Failure | ConfigurationError], timeout: float
) -> Response | Failure | ConfigurationError:
    """Await an answer, and look once more when its time is over.

    A process that was stopped for long finds its timer run out when it goes on, and perhaps an
    answer that came meanwhile and was not read yet. It holds the only good refresh token.
    """
    task = asyncio.ensure_future(asking)
    try:
        for seconds in (timeout, timeout * GRACE):
            await asyncio.wait((task,), timeout=seconds)
            if task.done():
                return task.result()
    finally:
        task.cancel()
    return Failure(Fate.UNKNOWN, f"no answer within {timeout:g} s", Reason.TIMEOUT)
