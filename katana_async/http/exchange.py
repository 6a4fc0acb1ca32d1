"""One request to one answer over aiohttp: the only place that touches the network.

Whatever happens comes back as a value. aiohttp's exceptions hold frames with our headers in them,
so none leaves this module, not even as the context of another.
"""

import math
import re
import ssl
import sys
from enum import Enum
from types import FrameType
from typing import Protocol

import aiohttp
from attrs import field, frozen
from multidict import CIMultiDict
from yarl import URL

from ..errors import ConfigurationError
from ..secrets import Secret, redact, redact_data
from .messages import Request, Response, printable
from .options import Options
from .retry import Fate
from .session import Disconnected, no_resend
from .settings import HTTPSettings, Proxy

USER_AGENT = "katana-async"


class Reason(Enum):
    """Why there is no usable answer."""

    BROKEN = "broken"
    TIMEOUT = "timeout"
    TOO_LARGE = "too large"


@frozen
class Failure:
    """What is known of a request that got no usable answer."""

    fate: Fate
    message: str
    reason: Reason = Reason.BROKEN


class _TooLarge(Exception):
    pass


class Outgoing(Protocol):
    """What is sent. Its secrets come out only where aiohttp takes them."""

    @property
    def method(self) -> str:
        """The HTTP method."""
        ...

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What an answer or an exception may give back and nobody may see."""
        ...

    @property
    def may_come_back(self) -> bool:
        """Whether the answer's body may hold the secrets rightly, as a token endpoint's does."""
        ...

    def headers(self) -> dict[str, str]:
        """Return its headers, besides those that every request has."""
        ...

    def body(self) -> bytes | None:
        """Return its body."""
        ...


@frozen
class ApiCall:
    """A call of the API, with the token that says who calls.

    Attributes:
        request: What to send.
        token: Goes into the Authorization header.
    """

    request: Request
    token: Secret
    may_come_back: bool = field(default=False, init=False)

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return (self.token, *(part for header in self.request.headers for part in header.hidden))

    def headers(self) -> dict[str, str]:
        headers = {header.name: header.value.reveal() for header in self.request.headers}
        headers["Authorization"] = f"Bearer {self.token.reveal()}"
        if self.request.body is not None:
            headers["Content-Type"] = "application/json"
        return headers

    def body(self) -> bytes | None:
        return self.request.body


# How a message is framed and routed, which aiohttp works out and which proves nothing.
_FRAMING = frozenset({"host", "accept-encoding", "content-length", "transfer-encoding"})


@frozen
class _OwnHeaders:
    """Send our headers, and none that the session has by itself (a middleware).

    A lent session may have credentials for another server: default headers, `auth=`, an entry in
    a netrc file, a cookie jar that would carry one tenant's cookie to the next. They would go to
    Katana, and a token endpoint may take them for the client's. What a trace hook adds stays.

    Attributes:
        session: Where the request is sent.
        outgoing: What is sent.
        proxy: The proxy that the request goes to as it is; None without one, and for a tunnel.
    """

    session: aiohttp.ClientSession
    outgoing: Outgoing
    proxy: Proxy | None

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
    settings: HTTPSettings,
    url: URL,
    outgoing: Outgoing,
    options: Options,
    timeout: float,
) -> Response | Failure | ConfigurationError:
    """Send a request once and read the whole answer.

    Args:
        session: Where to send it.
        settings: Contains the proxy.
        url: The whole address, already encoded.
        outgoing: What to send.
        options: For the connect timeout and the size limit.
        timeout: Seconds for all of it.

    Returns:
        The answer, whatever its status; a Failure; or the error to raise when a setting of the
        session makes aiohttp refuse the request.

    Raises:
        asyncio.CancelledError: As always, but without aiohttp's frames in its traceback.
        Exception: What a trace hook or a middleware of a lent session raised, unchanged but for its
            traceback: aiohttp's frames hold the credentials. A note has the place.
    """
    stopped: BaseException | None = None
    outcome: Response | Failure | ConfigurationError | None = None
    try:
        outcome = await _send(session, settings, url, outgoing, options, timeout)
    except BaseException as error:  # noqa: BLE001 - described, or raised again without its frames
        # The frames of whatever aiohttp raises hold headers.
        if isinstance(error, Exception):
            outcome = _describe(error, _secrets(settings, outgoing), timeout)
        if outcome is None:
            # Cancelled, or an exception of the caller's own hooks: the same object goes on.
            stopped = error
            if isinstance(error, Exception):
                error.add_note(_raised_at(error))
            stopped.__cause__ = stopped.__context__ = stopped.__traceback__ = None
    if outcome is None:
        assert stopped is not None
        raise stopped
    return outcome


async def _send(
    session: aiohttp.ClientSession,
    settings: HTTPSettings,
    url: URL,
    outgoing: Outgoing,
    options: Options,
    timeout: float,
) -> Response | Failure:
    connect = min(options.connect_timeout, timeout)
    secrets = _secrets(settings, outgoing)
    proxy = settings.proxy
    tunnel = proxy is not None and url.scheme == "https"
    async with session.request(
        outgoing.method,
        url,
        data=outgoing.body(),
        # By default aiohttp rounds timeouts above 5 s up to whole seconds of the loop's clock.
        timeout=aiohttp.ClientTimeout(total=timeout, connect=connect, ceil_threshold=math.inf),
        # A redirect would carry the key to wherever it points.
        allow_redirects=False,
        raise_for_status=False,
        auto_decompress=True,
        proxy=None if proxy is None else proxy.url,
        proxy_headers=_proxy_headers(proxy) if tunnel else None,
        middlewares=(_OwnHeaders(session, outgoing, None if tunnel else proxy), no_resend),
        read_bufsize=2**18,
    ) as answer:
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > options.max_response_bytes:
                answer.close()  # the rest is not worth reading to reuse the connection
                raise _TooLarge
        headers: dict[str, str] = {}
        for name, value in answer.headers.items():
            headers.setdefault(name.lower(), redact(value, secrets))
        content = bytes(body)
        if not outgoing.may_come_back:
            content = redact_data(content, secrets)
        return Response(answer.status, headers, content, outgoing.method)


def _secrets(settings: HTTPSettings, outgoing: Outgoing) -> tuple[Secret, ...]:
    """Return what an answer or an exception may give back and nobody may see."""
    secrets = outgoing.secrets
    return secrets if settings.proxy is None else (*secrets, *settings.proxy.secrets)


def _headers(outgoing: Outgoing, proxy: Proxy | None) -> CIMultiDict[str]:
    # Built here so that no frame of ours holds the header once this has returned.
    headers = CIMultiDict({"Accept": "application/json", "User-Agent": USER_AGENT})
    headers.update(outgoing.headers())
    headers.update(_proxy_headers(proxy))
    return headers


def _proxy_headers(proxy: Proxy | None) -> dict[str, str]:
    if proxy is None or proxy.authorization is None:
        return {}
    return {"Proxy-Authorization": proxy.authorization.reveal()}


def _describe(
    error: Exception, secrets: tuple[Secret, ...], timeout: float
) -> Failure | ConfigurationError | None:
    """Return what an exception means for the request; None if it is neither aiohttp's nor OS's."""

    def says(prefix: str, fate: Fate, reason: Reason = Reason.BROKEN) -> Failure:
        # What aiohttp quotes of an answer may begin or end in the middle of a secret.
        gist = re.split(r"\\n|\n| b['\"]", str(error), maxsplit=1)[0].rstrip(" :")
        text = printable(redact(gist, secrets), 300)
        return Failure(fate, f"{prefix} ({text})" if text else prefix, reason)

    match error:
        case _TooLarge():
            return Failure(
                Fate.UNKNOWN,
                "the answer is larger than max_response_bytes allows",
                Reason.TOO_LARGE,
            )
        case aiohttp.ConnectionTimeoutError():
            message = "no connection in the time allowed (connect_timeout)"
            return Failure(Fate.NOT_SENT, message, Reason.TIMEOUT)
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLCertVerificationError():
            return says("the server's certificate is not accepted", Fate.HOPELESS)
        case aiohttp.ClientConnectorDNSError():
            return says("the host's name was not found", Fate.NOT_SENT)
        case aiohttp.ClientConnectorError():
            return says("no connection", Fate.NOT_SENT)
        case aiohttp.ClientHttpProxyError():
            return says("the proxy refused", Fate.NOT_SENT)
        case TimeoutError():
            message = f"no answer within {timeout:g} s"
            return Failure(Fate.UNKNOWN, message, Reason.TIMEOUT)
        case Disconnected() | aiohttp.ClientConnectionError():
            return says("the connection broke before the answer was complete", Fate.UNKNOWN)
        case aiohttp.ClientPayloadError():
            return says("the answer was cut off or its encoding is broken", Fate.UNKNOWN)
        case aiohttp.ClientResponseError():
            return says("the answer is not HTTP as it should be", Fate.UNKNOWN)
        case aiohttp.InvalidURL():
            return Failure(Fate.HOPELESS, "the address is not valid")
        case ValueError() if _is_aiohttps(error) and "AUTHORIZATION" in str(error).upper():
            return ConfigurationError(
                "aiohttp refuses the request because the session that was passed in has credentials"
                " of two kinds: an Authorization header, and auth= or (with trust_env=True) an"
                " entry in the netrc file. Take one of them off; neither is sent to Katana"
            )
        case RuntimeError() if _is_aiohttps(error) and "closed" in str(error):
            return ConfigurationError(f"the session cannot be used: {printable(str(error))}")
        case aiohttp.ClientError() | OSError():
            return says(f"aiohttp failed with {type(error).__name__}", Fate.UNKNOWN)
        case _ if _is_aiohttps(error):
            return says(f"aiohttp failed with {type(error).__name__}", Fate.UNKNOWN)
        case _:
            return None


def _is_aiohttps(error: Exception) -> bool:
    """Return whether only aiohttp and the event loop took part in raising an exception."""
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
    """Return the first frame of code that is neither a library's nor ours, such as a trace hook."""
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
