"""`OAuthApp`: an app that Katana's customers connect to."""

import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from threading import Lock
from types import NoneType
from typing import Any, Self
from weakref import WeakSet

import aiohttp

from ..errors import ConfigurationError
from ..http.clock import Clock, SystemClock
from ..http.limits import Limits
from ..http.limits.registry import shared
from ..http.session import SessionHolder, check_base_url
from ..http.settings import HTTPSettings, check_http_settings
from ..loops import OneLoop
from ..secrets import Secret, kind_of
from .concurrency import BackgroundTasks
from .connect.authorization import Authorizer
from .connect.connections import (
    Completed,
    Connection,
    KeyRotation,
    Listener,
    OAuthStats,
    adopt,
    call_listener,
    list_connections,
    make_connection,
    parse_tokens_to_adopt,
    rotate_keys,
)
from .connect.disconnection import disconnect
from .connect.identity import AccountReader
from .records import ConnectionRecord, Status
from .sealing.cipher import Cipher
from .sealing.sealed_rows import SealedRows, check_connection_id
from .server.endpoint import Revocation, TokenEndpoint
from .server.forms import OFFLINE_ACCESS, ClientRegistration, parse_callback
from .settings import AuthorizationServer, RefreshTiming
from .stores.base import TokenStore
from .tokens.refresher import AppContext, ConnectionEvent
from .tokens.token_session import ConnectionAuth, TokenSessions

_ONE_PER_LOOP = (
    "Make one per loop, while it runs (they share what is stored): in the function that"
    " asyncio.run() is given, or in the lifespan of a server. See docs/deployment.md"
)

# An app that closes must not close a store that another app is using for a refresh.
_open: WeakSet["OAuthApp"] = WeakSet()
_open_lock = Lock()

_ENVIRONMENT = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TYPES: dict[str, tuple[Any, str]] = {
    "store": (TokenStore, "an object with the methods of TokenStore"),
    "cipher": (Cipher, "an object with the methods of Cipher, such as KeyRing.from_env()"),
    "session": ((aiohttp.ClientSession, NoneType), "an aiohttp.ClientSession"),
    "server": ((AuthorizationServer, NoneType), "an AuthorizationServer"),
    "timing": ((RefreshTiming, NoneType), "a RefreshTiming"),
}
_LISTENER: tuple[Any, str] = ((Callable, NoneType), "a function")


class OAuthApp:
    """Connect customers' Katana accounts over OAuth 2.0, and keep them connected.

    One per event loop; any number of processes share the connections through the store. Use it as
    `async with OAuthApp(...) as app:`, or call `close()`, which lets refreshes in progress end.

    Methods that use the store raise TokenStoreError if it fails, UnsealError if a row does not
    open, KeyUnavailable if a key cannot be had right now, and ConfigurationError if the app is
    closed, or belongs to another event loop.

    Args:
        client_id: As Katana registered the app.
        client_secret: As above; None for a public client. All use PKCE (RFC 7636, S256).
        redirect_uri: Where Katana sends the browser back to. https, except on this machine.
        store: The store of tokens. It is closed with the last of the apps that share it.
        cipher: The cipher that seals tokens, such as `KeyRing.from_env()`.
        environment: The name of this app's environment, such as `staging`. Rows open only in the
            environment that sealed them, so a copy of production's database refreshes none of its
            connections. It cannot be changed later: name every environment but the first.
        scopes: Without `offline_access` a connection ends with its first token.
        extra: More parameters for the authorization request.
        server: The addresses of the authorization server and the API. By default Katana's.
        timing: The timing of refreshes and authorizations.
        on_refresh: Called with each connection whose tokens this process refreshed and stored.
            Exceptions of listeners are logged.
        on_reauthorization_required: Called with a connection that has ended: inform the customer.
            One of all processes calls it, at most once: if that process dies at the same moment,
            none does, and `connections()` shows the connection all the same.
        on_refresh_failed: Called with a connection when the authorization server begins to refuse
            its refreshes (`connection.error`), and when the reason changes.
        session: An aiohttp session of your own: used as it is and never closed.
        http: Settings of the HTTP connections: TLS, proxy, and how many there are at once.
        limits: The rate limits; by default all clients of the process share one.
        clock: Time in this process; for tests.

    Attributes:
        redirect_uri: As given.
        state_life: Seconds within which the callback must come.

    Raises:
        ConfigurationError: A setting is missing, or cannot work.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str | Secret | None,
        redirect_uri: str,
        store: TokenStore,
        cipher: Cipher,
        environment: str | None = None,
        scopes: Iterable[str] = (OFFLINE_ACCESS,),
        extra: Mapping[str, str] | None = None,
        server: AuthorizationServer | None = None,
        timing: RefreshTiming | None = None,
        on_refresh: Listener | None = None,
        on_reauthorization_required: Listener | None = None,
        on_refresh_failed: Listener | None = None,
        session: aiohttp.ClientSession | None = None,
        http: HTTPSettings | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
    ) -> None:
        # A traceback holds this frame. Secrets, and what may be one by mistake, are removed first.
        secret = _hide_client_secret(client_secret)
        del client_secret
        listeners: dict[ConnectionEvent, Listener | None] = {
            "on_refresh": on_refresh,
            "on_refresh_failed": on_refresh_failed,
            "on_reauthorization_required": on_reauthorization_required,
        }
        settings = _check_types(
            store=store, cipher=cipher, session=session, server=server, timing=timing, **listeners
        ) or check_http_settings(http, session)
        del http
        if isinstance(settings, ConfigurationError):
            del store, cipher, session, server, timing
            raise settings
        if environment is not None and not _ENVIRONMENT.fullmatch(environment):
            raise ConfigurationError(
                "environment must be a name such as 'staging': 1 to 64 of A-Z, a-z, 0-9 and . _ -"
            )
        server, timing = server or AuthorizationServer(), timing or RefreshTiming()
        self.redirect_uri, self.state_life = redirect_uri, timing.state_life
        client = ClientRegistration(
            client_id=client_id,
            client_secret=secret,
            redirect_uri=redirect_uri,
            scopes=scopes,
            audience=server.audience,
            extra=dict(extra or {}),
        )
        self._api_url = check_base_url(server.api_url, "api_url")
        self._loop = OneLoop("OAuthApp", _ONE_PER_LOOP)
        self._session = SessionHolder(settings, session, owner="OAuthApp")
        self._listeners, self._listener_tasks = listeners, BackgroundTasks()
        clock = clock or SystemClock()
        self._sealed_rows = SealedRows(store, cipher, client_id, environment)
        endpoint = TokenEndpoint(self._session, server, timing.timeout, clock)
        self._context = AppContext(client, self._sealed_rows, endpoint, timing, clock, self._notify)
        self._sessions = TokenSessions(self._context, self._loop)
        limits = limits or shared
        self._accounts = AccountReader(self._api_url, self._session, limits, self._sessions)
        self._authorizer = Authorizer(self._context, server, self._accounts)
        with _open_lock:
            _open.add(self)

    async def begin(
        self,
        *,
        session: str,
        connection_id: str | None = None,
        return_to: str | None = None,
        any_account: bool = False,
    ) -> str:
        """Begin to connect an account, and return the address to send the browser to.

        Args:
            session: A secret that only this browser has, such as the id of its session. `complete`
                wants the same.
            connection_id: The id of the connection, such as your tenant's id; an existing
                connection is mended. By default a new id.
            return_to: Returned by `complete`; for where the person goes afterwards.
            any_account: Let a person mend a connection with another account than it was for.

        Raises:
            ValueError: An argument cannot be stored.
            UnsealError: The row of the connection to mend does not open. Disconnect it first, if it
                is lost.
        """
        self._check_open()
        browser = _hide_browser_session(session)
        del session
        if connection_id is not None:
            check_connection_id(connection_id)
        return await self._authorizer.begin(browser, connection_id, return_to, any_account)

    async def complete(
        self, callback: str | Mapping[str, str] | Mapping[str, Sequence[str]], *, session: str
    ) -> Completed:
        """Complete a connection with the callback of the browser, and store its tokens.

        The same callback from the same browser gets the same answer for 5 minutes, with one
        exchange.

        Args:
            callback: The whole address that the browser was sent to, as text, or its parameters.
            session: As given to `begin`.

        Raises:
            AuthorizationDenied: The person refused.
            AuthorizationFailed: The server refused.
            CallbackError: It cannot be trusted, or came too late: a subclass gives the reason.
            TokenRequestFailed: The code was not exchanged.
            OtherAccount: The connection to mend was for another account.
            AccountUnknown: Katana did not show whether it is for the same account.
        """
        parsed = parse_callback(callback)
        del callback  # it contains the code, and a traceback holds this frame
        if isinstance(parsed, Exception):
            del session
            raise parsed
        self._check_open()
        browser = _hide_browser_session(session)
        del session
        return await self._authorizer.complete(parsed, browser)

    async def adopt(
        self,
        connection_id: str,
        *,
        refresh_token: str | Secret,
        access_token: str | Secret | None = None,
        expires_in: float | None = None,
    ) -> Connection:
        """Make a connection of tokens that another system holds, and read its account.

        Stop that system first: a refresh token can be used once, and two systems that use it end
        the connection. The tokens are stored before they are used, so an interrupted run can be
        repeated with the same refresh token. No connection is replaced.

        Args:
            connection_id: The id of the new connection.
            refresh_token: The newest one, of the same `client_id`.
            access_token: From the same answer; without it the connection is refreshed at once.
            expires_in: Seconds until `access_token` expires; None if unknown.

        Raises:
            AlreadyConnected: There is a connection of this id.
            ReauthorizationRequired: The refresh token is spent. The connection is stored as such.
            TokenRequestFailed: It could not be refreshed now. It is stored, and will be.
            ValueError: A token or the time cannot be one.
        """
        tokens = parse_tokens_to_adopt(refresh_token, access_token, expires_in)
        del refresh_token, access_token  # a traceback holds this frame
        if isinstance(tokens, Exception):
            raise tokens
        self._check_open()
        return await adopt(check_connection_id(connection_id), tokens, self._accounts)

    def auth(self, connection_id: str) -> ConnectionAuth:
        """Return the auth of a client that calls as a connected account. Cheap: no I/O."""
        return ConnectionAuth(check_connection_id(connection_id), self._api_url, self._sessions)

    async def refresh(self, connection_id: str) -> Connection:
        """Refresh a connection although its access token is valid: after a leak, say.

        If another process is refreshing it, or did without a result, this waits up to `patience`.

        Raises:
            ReauthorizationRequired: A person must connect the account again; or there is no refresh
                token.
            TokenRequestFailed: The server gave no tokens. The old ones stay in use while valid.
            NotConnected: There is none of this id.
        """
        self._check_open()
        record = await self._sessions.get(check_connection_id(connection_id)).refresh()
        return make_connection(connection_id, record)

    @property
    def stats(self) -> OAuthStats:
        """Counters of this app in this process, for metrics and alarms."""
        return OAuthStats(
            refreshes=self._context.refreshes,
            failures=dict(self._context.failures),
            unsaved=self._sessions.count_unsaved(),
        )

    async def connection(self, connection_id: str) -> Connection:
        """Return a connection as it is stored; raise NotConnected if there is none of this id."""
        self._loop.check()
        opened = await self._context.read_connection(check_connection_id(connection_id))
        return make_connection(connection_id, opened.record)

    def connections(self, *, status: Status | str | None = None) -> AsyncIterator[Connection]:
        """Yield every connection, in any order: `async for connection in app.connections()`.

        With a status, such as `reauthorize`, yield the connections with this status only. One whose
        row does not open, or not right now, has the status `unreadable`.
        """
        self._loop.check()
        return list_connections(self._sealed_rows, None if status is None else Status(status))

    async def disconnect(
        self, connection_id: str, *, revoke: bool = False, together_with: Collection[str] = ()
    ) -> Revocation:
        """Forget a connection; revoke its tokens at the server only on request.

        It is forgotten first, whatever the server answers then; other processes notice within
        `recheck` seconds. Both are done even if the caller is cancelled: a browser that goes away
        must not leave valid tokens that are stored nowhere.

        Args:
            connection_id: The id of the connection.
            revoke: Whether to revoke its tokens (RFC 7009). At Auth0 that may end every connection
                that the same person made with this `client_id`, so it is not done if another
                connection has the same user or email, or an unknown one: all rows are read.
                Revoke nothing if two stores have connections of one `client_id`.
            together_with: The ids of others that are disconnected with it, by calls of their own:
                these do not keep its tokens from being revoked.

        Returns:
            The fate of the tokens at the server; `FAILED` too if the row did not open.

        Raises:
            NotConnected: There is none of this id.
            TokenStoreError: The store failed: call again, it may be forgotten or not.
            KeyUnavailable: Its tokens cannot be read right now. It was not forgotten.
        """
        self._check_open()
        check_connection_id(connection_id)
        if isinstance(together_with, str):
            raise TypeError("together_with is several ids, such as ['tenant-43'], not one text")
        others = frozenset(together_with)
        work = disconnect(self._sessions, connection_id, revoke=revoke, together_with=others)
        failure = f"connection {connection_id}: disconnecting it failed when the caller was gone"
        return await self._context.tasks.run(work, "katana-oauth-disconnect", failure)

    def rotate_keys(self) -> AsyncIterator[KeyRotation]:
        """Seal every connection with the current key, and yield the progress after each.

        It can be stopped and begun again at any time, and run beside everything else.
        """
        self._loop.check()
        return rotate_keys(self._sealed_rows)

    def _notify(self, event: ConnectionEvent, connection_id: str, record: ConnectionRecord) -> None:
        # In a task of its own: callers that wait for tokens do not wait for a listener.
        listener = self._listeners[event]
        if listener is not None:
            work = call_listener(listener, make_connection(connection_id, record))
            self._listener_tasks.start(work, "katana-oauth-event")

    async def close(self) -> None:
        """Wait for what is in progress, then close the session and the store. Twice does no harm.

        A session that was passed in stays open. So does the store while another open app has it.
        """
        self._context.is_stopping = True
        timeout, store = self._context.timing.timeout, self._sealed_rows.store
        await self._context.tasks.wait(3 * timeout)
        await self._sessions.close()
        await self._listener_tasks.wait(timeout)
        try:
            await self._session.close()
        finally:
            with _open_lock:
                was_open = self in _open
                _open.discard(self)
                in_use = [other._sealed_rows.store for other in _open]  # noqa: SLF001 - of its own class
            if was_open and all(other is not store for other in in_use):
                await store.close()

    def _check_open(self) -> None:
        # A call that begins now would be cut: its code spent, and its tokens lost.
        if self._context.is_stopping:
            raise ConfigurationError("this OAuthApp is closed; make a new one")
        self._loop.check()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _check_types(**arguments: object) -> ConfigurationError | None:
    """Return the error for an argument of a wrong type: a traceback would hold the argument."""
    for name, value in arguments.items():
        accepted, description = _TYPES.get(name, _LISTENER)
        # A class has the methods of its instances, and each call of them would fail much later.
        if isinstance(value, type) or not isinstance(value, accepted):
            return ConfigurationError(f"{name}= takes {description}, not {kind_of(value)}")
    return None


def _hide_client_secret(given: object) -> Secret | None:
    """Return a client secret as a `Secret`; an empty one for any other type, which is refused."""
    if given is None or isinstance(given, Secret):
        return given
    return Secret(given if isinstance(given, str) else "")


def _hide_browser_session(session: object) -> Secret:
    if not isinstance(session, str):
        raise TypeError(f"session is text, not {kind_of(session)}")
    if not session:
        raise ValueError("session is empty: it must tell this browser from every other")
    return Secret(session)
