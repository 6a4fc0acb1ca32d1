"""The client of the API, which owns the HTTP session."""

import logging
import os
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Self, TypeVar, Unpack, cast

import aiohttp
from attrs import fields
from yarl import URL

from .auth import ApiKey, Auth
from .errors import ConfigurationError
from .http.answers import WithResponse, collect_responses
from .http.clock import SystemClock
from .http.encoding import query_pairs, to_json
from .http.extras import parse_headers
from .http.limits import Limits
from .http.limits.registry import shared
from .http.messages import Request, Response, repeat_of, safe_path
from .http.options import OptionChanges, Options, Stats
from .http.retry import RetryBudgets
from .http.session import BASE_URL, SessionHolder, check_base_url
from .http.settings import HTTPSettings, check_http_settings
from .http.transport import Transport
from .models._base import Model
from .resources import Resources
from .resources._with_model import read_as
from .secrets import kind_of

if TYPE_CHECKING:
    from .changes import ChangeFeed, Mirror

T = TypeVar("T")
M = TypeVar("M", bound=Model)

log = logging.getLogger("katana_async")

_URL_VARIABLE = "KATANA_BASE_URL"

_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})

_KEYS = ("api_key", "key", "token", "api_token", "access_token")
"""Options of other SDKs whose value is a secret: they raise an error that names `auth`."""

_HTTP = tuple(field.name for field in fields(HTTPSettings))


class _Default(Enum):
    """The default of `auth`, apart from None, which means no credentials."""

    FROM_ENV = "ApiKey.from_env()"

    def __repr__(self) -> str:
        return self.value


class KatanaClient(Resources):
    """Call the Katana API: one attribute per collection, such as `katana.products`.

    Use it as `async with KatanaClient() as katana:`, one per event loop.
    Clients made by `with_auth` and `with_options` share its session and are closed with it; closing
    one of them, or leaving its `async with`, closes nothing.

    Args:
        auth: The credentials. By default the API key in KATANA_API_KEY; None for a client that only
            shares its session with clients made by `with_auth`.
        base_url: The address of the API: https, except on this machine. By default KATANA_BASE_URL,
            or Katana itself if that is not set. The repr of a client shows it.
        allow_http: Accept http to another machine, for a network of your own, such as between
            containers. The key is sent unencrypted. Katana itself is refused all the same.
        session: An aiohttp session of your own: used as it is and never closed. Its own middlewares
            do not run for these requests, and none of its cookies, default headers and credentials
            is sent. aiohttp refuses a session with credentials of two kinds, an Authorization
            header and `auth=` or a netrc entry: that is a ConfigurationError.
        http: Settings of the connections: TLS, proxy, and the number of concurrent ones, of all
            derived clients together. Further calls wait for a connection, within their deadline.
            An app with many tenants needs as many as it sends requests a second, times the seconds
            that an answer takes.
        limits: Who keeps the rate limits; by default all clients of the process share one.
        **options: See `with_options`.

    Raises:
        ConfigurationError: There is no key in the environment, `base_url` is not usable, or
            settings contradict each other.
    """

    _is_derived = False

    def __init__(
        self,
        auth: Auth | _Default | None = _Default.FROM_ENV,
        *,
        base_url: str | None = None,
        allow_http: bool = False,
        session: aiohttp.ClientSession | None = None,
        http: HTTPSettings | None = None,
        limits: Limits | None = None,
        **options: Unpack[OptionChanges],
    ) -> None:
        # First: these take secrets out of this frame, which tracebacks hold.
        _refuse_misplaced(options)
        changed = Options().changed(options)
        settings = check_http_settings(http, session)
        del http  # what was given instead may hold a password
        source, given = _base_url(base_url)
        address = check_base_url(given, source, allow_http=allow_http)
        if auth is _Default.FROM_ENV:
            auth = ApiKey.from_env()
        mistake = None if auth is None else _mistake(auth, address, source)
        if mistake is not None:
            del auth  # it may be the key itself
            raise mistake
        if isinstance(settings, ConfigurationError):
            raise settings
        self._http = Transport(
            base_url=address,
            auth=auth,
            session=SessionHolder(settings, session),
            limits=limits or shared,
            options=changed,
            stats=Stats(),
            budgets=RetryBudgets(),
            clock=SystemClock(),
        )
        log.info("client of %s (%s)", address, source if given is not BASE_URL else "default")

    @property
    def base_url(self) -> str:
        """The base address of all calls."""
        return str(self._http.base_url)

    @property
    def stats(self) -> Stats:
        """Counters of this client and of the clients derived from it."""
        return self._http.stats

    def with_auth(self, auth: Auth) -> Self:
        """Return a client for another account that shares this client's session. It is cheap."""
        mistake = _mistake(auth, self._http.base_url)
        if mistake is not None:
            del auth  # it may be the key itself, and the traceback holds this frame
            raise mistake
        return self._derive(self._http.with_auth(auth))

    def with_options(self, **options: Unpack[OptionChanges]) -> Self:
        """Return a client with other options that shares everything else. It is cheap.

        Args:
            timeout: Seconds for one attempt, from connecting to the last byte. Default 30.
            connect_timeout: Seconds for getting a connection. Default 10.
            deadline: Seconds for a whole call, every wait included; None (the default) sets none.
            retries: The number of retries after a failure, if sending again is safe. Default 4. A
                429 does not count: the call waits for the rate limit.
            max_retry_after: Seconds: the longest `Retry-After` that a call waits for. A longer one
                raises `RateLimited` at once. Default 120, two windows.
            priority: The order of calls that wait for the rate limit: `interactive`, then `normal`
                (the default), then `bulk`, which keeps to the pace of the quota and leaves slots
                free. Every 5th slot is reserved for waiting normal calls, every 10th for bulk.
            max_response_bytes: The largest accepted size of a decoded answer. Default 64 MiB.
            extra_headers: Additional headers of every request. Their values appear in no repr, log
                record or exception, and are masked in answers. Headers that the SDK sets itself,
                such as Authorization, are refused; User-Agent may be replaced.
            extra_query: Additional query parameters of every request. They replace typed parameters
                of the same name. `limit` and `page` are refused.
            extra_body: Additional fields of every JSON object that is sent as a body, and of each
                object of an array. They replace typed fields of the same name. Requests without a
                body stay without one.
            custom_fields_format: `default` or `legacy`: the form of the custom fields of products,
                materials, services and variants (header X-Custom-Fields-Format). None uses the
                account's form. A form that the account lacks raises ValidationFailed.

        Each `extra_` option replaces its previous value; None clears it. Values are checked and
        copied here, once.

        Raises:
            TypeError: An option is unknown, or a value has the wrong type.
            ValueError: A value is out of range, or a header or parameter belongs to the SDK.
        """
        return self._derive(self._http.with_options(self._http.options.changed(options)))

    def _derive(self, http: Transport) -> Self:
        client = type(self).__new__(type(self))
        client._http = http  # noqa: SLF001 - of its own class
        client._is_derived = True  # noqa: SLF001 - of its own class
        return client

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Call any operation of the API, such as one that the SDK does not have yet.

        Args:
            method: GET, POST, PATCH, PUT or DELETE.
            path: The path below the base address, such as `/products/7`.
            query: Query parameters; a list repeats the key.
            json: The body; Decimals are sent exactly. None sends no body.
            headers: Additional headers, with the rules of `extra_headers` in `with_options`.

        Returns:
            The answer, with status, headers and `json()`.

        Raises:
            ValueError: The method, the path or a header is not valid.
            KatanaError: The call failed.
        """
        added = parse_headers(headers, "headers")
        del headers  # a value may be a token, and a traceback of an error below holds this frame
        if isinstance(added, Exception):
            raise added
        name = method.upper()
        if name not in _METHODS:
            raise ValueError(f"method must be one of {', '.join(sorted(_METHODS))}, not {method!r}")
        body = None if json is None else to_json(json)
        repeat = repeat_of(name, body)
        request = Request(name, safe_path(path), query_pairs(query or {}), body, repeat, added)
        return await self._http.send(request)

    def changes(
        self,
        collection: str,
        *,
        cursor: str | None = None,
        mirror: "Mirror | None" = None,
        raw: bool = False,
        follow: bool = False,
        overlap: timedelta = timedelta(minutes=30),
        sweep_every: timedelta = timedelta(days=1),
        sweep_requests: int = 4,
        allow_mass_deletion: bool = False,
    ) -> "ChangeFeed":
        """Return the changes of a collection: `async for batch in katana.changes("customers")`.

        The first run, without a cursor, is a snapshot of the collection. See the page "Changes".

        Args:
            collection: The attribute of a collection that has `list()`, such as `sales_orders`.
            cursor: The cursor of the last stored batch; None to begin with a snapshot.
            mirror: Looks up the versions of the stored records. Sweeps need it, and so does a
                collection that cannot be filtered by date.
            raw: Yield JSON objects as sent, with exact numbers, instead of models.
            follow: Continue after the feed has caught up, until the caller stops.
            overlap: The longest time by which reads are expected to lag behind writes. A longer
                one costs more requests and a larger cursor.
            sweep_every: The pause between two sweeps, at least `overlap`.
            sweep_requests: The most requests of a sweep in one round of polling; 0 sweeps never.
            allow_mass_deletion: Accept a sweep that deletes more than 20 records and more than a
                twentieth of them.

        Raises:
            TypeError: `mirror` has no such methods, or a duration is no timedelta.
            ValueError: The collection cannot be listed or needs a mirror, or a value is out of
                range. Iterating raises CursorRefused, MassDeletion and the errors of calls.
        """
        from .changes.feed import open_feed

        return open_feed(
            self._http,
            collection,
            cursor=cursor,
            mirror=mirror,
            raw=raw,
            follow=follow,
            overlap=overlap,
            sweep_every=sweep_every,
            sweep_requests=sweep_requests,
            allow_mass_deletion=allow_mass_deletion,
        )

    async def with_response(self, call: Awaitable[T], /) -> WithResponse[T]:
        """Await a call and return its value together with the HTTP response.

        After `answer = await katana.with_response(katana.products.get(7))`, `answer.value` is the
        product, and `answer.response` has status, headers, request id and `json()`, which also
        contains fields that the model does not have. Calls of derived clients work too.

        Args:
            call: A call that is not awaited yet. For a list, `.page(1)` or `.collect()`; a page
                has its own `response`.

        Raises:
            TypeError: The argument is no such call, but a running task, a list, or a method
                without `()`.
            RuntimeError: The call sent no request.
            KatanaError: The call failed.
        """
        return await collect_responses(call)

    async def with_model(self, model: type[M], call: Awaitable[Model], /) -> M:
        """Await a call and return its record as a subclass of the model, which has more fields.

        After `class MyProduct(Product): colour: str | None = None`,
        `await katana.with_model(MyProduct, katana.products.get(7))` has the field `colour` of
        Katana's JSON. Lists and searches have a method of the same name. `stats.unknown_fields`
        has the fields that Katana sends and the models lack.

        Args:
            model: A subclass of the model that the call returns.
            call: A call that returns one record (`get`, `create`, `update`, ...), not awaited yet.

        Raises:
            TypeError: The class is not a subclass of the collection's model (nothing is sent), or
                the call returns something else.
            KatanaError: The call failed.
        """
        return await read_as(model, call)

    async def close(self) -> None:
        """Close the session, unless it was passed in. Derived clients are closed with it.

        On a client made by `with_auth` or `with_options` this does nothing, because the session
        belongs to the first client.
        """
        if not self._is_derived:
            await self._http.session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *stopped_by: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        # A traceback with locals may show a client whose arguments were refused.
        http: Transport | None = getattr(self, "_http", None)
        return f"<KatanaClient {http.base_url} auth={http.auth!r}>" if http else "<KatanaClient>"


def _base_url(given: str | None) -> tuple[str, str]:
    """Return the base address, after the name of the setting that it comes from."""
    if given is not None:
        return "base_url", given
    address = os.environ.get(_URL_VARIABLE)
    if address is None:
        return "base_url", BASE_URL
    if not address.strip():  # as unset, calls that are meant for a sandbox would go to Katana
        raise ConfigurationError(f"{_URL_VARIABLE} is empty: set it, or unset it for {BASE_URL}")
    return _URL_VARIABLE, address.strip()


def _refuse_misplaced(options: OptionChanges) -> None:
    """Raise ConfigurationError for a key, or an HTTP setting, among the options.

    Their values may be secrets, so they are removed from the frames that the traceback holds.
    """
    name = next((name for name in options if name in (*_KEYS, *_HTTP)), None)
    if name is None:
        return
    cast("dict[str, object]", options).clear()
    remedy = "auth=ApiKey(...), or set KATANA_API_KEY"
    if name in _HTTP:
        remedy = f"http=HTTPSettings({name}=...)"
    raise ConfigurationError(f"there is no option {name!r}: pass {remedy}")


def _mistake(auth: object, base_url: URL, setting: str = "base_url") -> ConfigurationError | None:
    # The check of the class is quick; that of the object takes 8 µs before Python 3.12.
    is_auth = issubclass(type(auth), Auth) or isinstance(auth, Auth)
    if isinstance(auth, type) or not is_auth:
        return ConfigurationError(
            f"auth= takes an object with the methods of Auth, not {kind_of(auth)}; a key goes into"
            " ApiKey(...), and the id of a connection into app.auth(...)"
        )
    bound = getattr(auth, "api_url", None)
    if isinstance(bound, URL) and bound.origin() != base_url.origin():
        return ConfigurationError(
            f"auth= is for {bound.origin()}, and {setting} is {base_url.origin()}: another server"
            " would get its token. Give OAuthApp(server=AuthorizationServer(api_url=...)) and"
            " KatanaClient(base_url=...) the same address"
        )
    return None
