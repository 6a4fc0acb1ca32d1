"""Send one request over aiohttp and return its answer: the only code that uses the network.

Errors are returned as values. The frames of aiohttp's exceptions contain our headers, so no such
exception leaves this module, not even as the context of another.
"""

import math
import re
import ssl
import sys
from enum import Enum
from functools import lru_cache
from types import FrameType
from typing import Protocol

import aiohttp
import msgspec
from attrs import frozen
from multidict import CIMultiDict
from yarl import URL

from ..errors import ConfigurationError
from ..secrets import Secret, redact, redact_data
from .messages import Request, Response, printable
from .options import Options
from .retry import Fate
from .session import Disconnected, SessionHolder, no_resend
from .settings import Proxy

USER_AGENT = "katana-async"


class Reason(Enum):
    """Why there is no usable answer."""

    BROKEN = "broken"
    TIMEOUT = "timeout"
    TOO_LARGE = "too large"


@frozen
class Failure:
    """A request without a usable answer: whether it can have been executed, and the reason."""

    fate: Fate
    message: str
    reason: Reason = Reason.BROKEN


class _TooLarge(Exception):
    pass


class Outgoing(Protocol):
    """A request with its secrets, which are revealed only when aiohttp takes them."""

    @property
    def method(self) -> str: ...

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets to mask in answers and exceptions."""
        ...

    @property
    def may_come_back(self) -> bool:
        """Whether the answer's body contains secrets legitimately, as a token endpoint's does."""
        ...

    def headers(self) -> dict[str, str]:
        """Return the headers beyond those of every request."""
        ...

    def body(self) -> bytes | None: ...


class ApiCall(msgspec.Struct, frozen=True):
    """A call of the API with its access token."""

    request: Request
    token: Secret

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def may_come_back(self) -> bool:
        return False

    @property
    def secrets(self) -> tuple[Secret, ...]:
        hidden = [part for header in self.request.headers for part in header.hidden]
        return (self.token, *hidden)

    def headers(self) -> dict[str, str]:
        headers = {header.name: header.value.reveal() for header in self.request.headers}
        headers["Authorization"] = f"Bearer {self.token.reveal()}"
        if self.request.body is not None:
            headers["Content-Type"] = "application/json"
        return headers

    def body(self) -> bytes | None:
        return self.request.body


# Headers that frame and route a message. aiohttp sets them, and they contain no credentials.
_FRAMING = frozenset({"host", "accept-encoding", "content-length", "transfer-encoding"})


@frozen
class _OwnHeaders:
    """Middleware that replaces the headers of a session that has some of its own by ours.

    A lent session may have credentials for another server: default headers, `auth=`, an entry in
    a netrc file, a cookie jar that would carry one tenant's cookie to the next. They would be sent
    to Katana, and a token endpoint may take them for the client's. Headers that a trace hook adds
    stay.
    """

    session: aiohttp.ClientSession
    outgoing: Outgoing
    proxy: Proxy | None  # that receives the request itself; None without one or with a tunnel

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        for name in (*self.session.headers, "Authorization", "Cookie"):
            if name.lower() not in _FRAMING:
                request.headers.popall(name, None)
        request.headers.update(_headers(self.outgoing, self.proxy))
        return await handler(request)


async def exchange(
    session: aiohttp.ClientSession,
    holder: SessionHolder,
    url: URL,
    outgoing: Outgoing,
    options: Options,
    timeout: float,
) -> Response | Failure | ConfigurationError:
    """Send a request once and read the whole answer, of any status, within `timeout` seconds.

    The address is already encoded. Returns a ConfigurationError if a setting of the session makes
    aiohttp refuse the request.

    Raises:
        asyncio.CancelledError: As always, but without aiohttp's frames in its traceback.
        Exception: An exception of a trace hook or a middleware of a lent session, unchanged except
            that its traceback is removed: aiohttp's frames hold the credentials. A note names the
            place.
    """
    outcome: Failure | ConfigurationError | None = None
    try:
        return await _send(session, holder, url, outgoing, options, timeout)
    except BaseException as error:  # noqa: BLE001 - described, or raised again without its frames
        if isinstance(error, Exception):
            outcome = _describe(error, _secrets(holder, outgoing), timeout)
            if outcome is None:
                error.add_note(_raised_at(error))
        if outcome is not None:
            return outcome
        # Cancellation, or an exception of the caller's own hooks: raise the same object.
        stopped = error
        stopped.__cause__ = stopped.__context__ = stopped.__traceback__ = None
    raise stopped


async def _send(
    session: aiohttp.ClientSession,
    holder: SessionHolder,
    url: URL,
    outgoing: Outgoing,
    options: Options,
    timeout: float,
) -> Response | Failure:
    proxy = holder.settings.proxy
    tunnel = proxy is not None and url.scheme == "https"
    receiver = None if tunnel else proxy
    own_headers = holder.may_add_headers
    answer = await session.request(
        outgoing.method,
        url,
        headers=None if own_headers else _headers(outgoing, receiver),
        data=outgoing.body(),
        timeout=_client_timeout(timeout, min(options.connect_timeout, timeout)),
        # A redirect would send the key to its target.
        allow_redirects=False,
        raise_for_status=False,
        auto_decompress=True,
        proxy=None if proxy is None else proxy.url,
        proxy_headers=_proxy_headers(proxy) if proxy is not None and tunnel else None,
        middlewares=(
            (_OwnHeaders(session, outgoing, receiver), no_resend) if own_headers else (no_resend,)
        ),
        read_bufsize=2**18,
    )
    chunks: list[bytes] = []
    size = 0
    try:
        while not answer.content.at_eof():
            chunks.append(await answer.content.readany())
            size += len(chunks[-1])
            if size > options.max_response_bytes:
                raise _TooLarge
    except BaseException:
        answer.close()  # reading the rest to reuse the connection is not worth it
        raise
    # aiohttp took the connection back at the end of the body.
    headers = answer.headers.copy()
    secrets = _secrets(holder, outgoing)
    together = "\n".join(headers.values())
    if redact(together, secrets) != together:
        headers = CIMultiDict((name, redact(value, secrets)) for name, value in headers.items())
    content = b"".join(chunks)
    if not outgoing.may_come_back:
        content = redact_data(content, secrets)
    return Response(answer.status, headers, content, outgoing.method)


@lru_cache(maxsize=16)
def _client_timeout(total: float, connect: float) -> aiohttp.ClientTimeout:
    # By default aiohttp rounds timeouts above 5 s up to whole seconds of the loop's clock.
    return aiohttp.ClientTimeout(total=total, connect=connect, ceil_threshold=math.inf)


def _secrets(holder: SessionHolder, outgoing: Outgoing) -> tuple[Secret, ...]:
    proxy = holder.settings.proxy
    return outgoing.secrets if proxy is None else (*outgoing.secrets, *proxy.secrets)


def _headers(outgoing: Outgoing, proxy: Proxy | None) -> dict[str, str]:
    # Built in a function of its own so that no frame holds the header after it has returned.
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT, **outgoing.headers()}
    return headers if proxy is None else headers | _proxy_headers(proxy)


def _proxy_headers(proxy: Proxy) -> dict[str, str]:
    if proxy.authorization is None:
        return {}
    return {"Proxy-Authorization": proxy.authorization.reveal()}


def _describe(
    error: Exception, secrets: tuple[Secret, ...], timeout: float
) -> Failure | ConfigurationError | None:
    """Return the consequence of an exception; None if it is of neither aiohttp nor the system."""

    def fail(prefix: str, fate: Fate) -> Failure:
        # aiohttp's quotes from an answer may begin or end in the middle of a secret.
        gist = re.split(r"\\n|\n| b['\"]", str(error), maxsplit=1)[0].rstrip(" :")
        text = printable(redact(gist, secrets), 300)
        return Failure(fate, f"{prefix} ({text})" if text else prefix)

    match error:
        case _TooLarge():
            message = "the answer is larger than max_response_bytes allows"
            return Failure(Fate.UNKNOWN, message, Reason.TOO_LARGE)
        case aiohttp.ConnectionTimeoutError():
            message = "no connection in the time allowed (connect_timeout)"
            return Failure(Fate.NOT_SENT, message, Reason.TIMEOUT)
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLCertVerificationError():
            return fail("the server's certificate is not accepted", Fate.HOPELESS)
        case aiohttp.ClientConnectorDNSError():
            return fail("the host's name was not found", Fate.NOT_SENT)
        case aiohttp.ClientConnectorError():
            return fail("no connection", Fate.NOT_SENT)
        case aiohttp.ClientHttpProxyError():
            return fail("the proxy refused", Fate.NOT_SENT)
        case TimeoutError():
            return Failure(Fate.UNKNOWN, f"no answer within {timeout:g} s", Reason.TIMEOUT)
        case Disconnected() | aiohttp.ClientConnectionError():
            return fail("the connection broke before the answer was complete", Fate.UNKNOWN)
        case aiohttp.ClientPayloadError():
            return fail("the answer was cut off or its encoding is broken", Fate.UNKNOWN)
        case aiohttp.ClientResponseError():
            return fail("the answer is not HTTP as it should be", Fate.UNKNOWN)
        case aiohttp.InvalidURL():
            return Failure(Fate.HOPELESS, "the address is not valid")
        case ValueError() if _is_aiohttps(error) and "AUTHORIZATION" in str(error).upper():
            return ConfigurationError(
                "aiohttp refuses the request because the session that was passed in has credentials"
                " of two kinds: an Authorization header, and auth= or (with trust_env=True) an"
                " entry in the netrc file. Remove one of them; neither is sent to Katana"
            )
        case RuntimeError() if _is_aiohttps(error) and "closed" in str(error):
            return ConfigurationError(f"the session cannot be used: {printable(str(error))}")
        case _ if isinstance(error, aiohttp.ClientError | OSError) or _is_aiohttps(error):
            return fail(f"aiohttp failed with {type(error).__name__}", Fate.UNKNOWN)
        case _:
            return None


def _is_aiohttps(error: Exception) -> bool:
    """Return whether an exception passed only frames of aiohttp, the event loop and this SDK."""
    return _callers_frame(error) is None


_LIBRARIES = sys.stdlib_module_names | {
    "aiohttp",
    "aiohappyeyeballs",
    "aiosignal",
    "uvloop",
    "yarl",
    "multidict",
    "idna",
    "katana_async",
}


def _callers_frame(error: Exception) -> FrameType | None:
    """Return the first frame outside aiohttp, the standard library and this SDK: a trace hook's."""
    traceback = error.__traceback__
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in _LIBRARIES or module == "__main__":
            return traceback.tb_frame
        traceback = traceback.tb_next
    return None


def _raised_at(error: Exception) -> str:
    frame = _callers_frame(error)
    assert frame is not None  # otherwise it was described
    code = frame.f_code
    return (
        f"raised in {code.co_qualname} ({code.co_filename}) while a request was sent; the traceback"
        " is removed because aiohttp's frames hold the credentials"
    )
