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
    "Make one OAuthApp in each event loop, while the loop runs (they share the stored"
    " connections): in the coroutine that asyncio.run() runs, or in the lifespan of a server. See"
    " docs/deployment.md"
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

    Make one in each event loop; any number of processes share the connections through the store.
    Use it as `async with OAuthApp(...) as app:`, or call `close()`, which waits for refreshes in
    progress.

    Methods that use the store raise TokenStoreError if it fails, UnsealError if a row does not
    open, KeyUnavailable if its key is not available now, and ConfigurationError if the app is
    closed, or belongs to another event loop.

    Args:
        client_id: The app's client id, from its registration with Katana.
        client_secret: The app's secret; None for a public client. Both kinds of client use PKCE
            (RFC 7636, S256).
        redirect_uri: The registered address of the callback: https, or http on a loopback address.
        store: The store of tokens. If several apps share it, closing the last one closes it.
        cipher: The cipher that seals tokens, such as `KeyRing.from_env()`.
        environment: The name of this app's environment, such as `staging`; by default it has none.
            Rows open only in the environment that sealed them, so an app with a copy of
            production's database cannot refresh production's connections. The name cannot be
            changed later: an environment without a name stays without, so name the others.
        scopes: The scopes to request. Without `offline_access` there is no refresh token, and a
            connection ends when its access token expires.
        extra: More parameters for the authorization request.
        server: The addresses of the authorization server and the API. By default Katana's.
        timing: The timing of refreshes and authorizations.
        on_refresh: Called with each connection whose tokens this process refreshed and stored.
            Exceptions of listeners are logged.
        on_reauthorization_required: Called with a connection that a person must connect again, so
            that you can inform the customer. Only one process calls it, and once. If that process
            is killed at that moment, none calls it; `connections()` shows the status in any case.
        on_refresh_failed: Called with a connection when the authorization server begins to refuse
            its refreshes (`connection.error`), and when the reason changes.
        session: An aiohttp session of your own: used as it is and never closed.
        http: Settings of the HTTP connections: TLS, proxy, and their largest number.
        limits: The rate limits of the API; by default those that all clients of the process share.
        clock: The clock of this process, which tests replace.

    Attributes:
        redirect_uri: The argument.
        state_life: Seconds from `begin` within which the callback must arrive.

    Raises:
        ConfigurationError: An argument has a wrong type or an invalid value.
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
        # A traceback keeps this frame. So variables that hold a secret, or may hold one by mistake,
        # are deleted before an error is raised.
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
            session: A secret that only this browser has, such as the id of its session. Pass the
                same one to `complete`.
            connection_id: The id of the connection, such as your tenant's id. An existing
                connection with this id gets new tokens. By default, a new id is made.
            return_to: A text that `complete` returns, such as the page to show afterwards; at most
                8,192 bytes.
            any_account: Whether an existing connection may be connected to another Katana account.
                By default, `complete` raises OtherAccount.

        Raises:
            TypeError: `session` or `connection_id` is not a str.
            ValueError: `session` is empty, `return_to` is too long, or `connection_id` is invalid.
            UnsealError: The row of the existing connection does not open. If its key is lost,
                disconnect the connection first.
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

        A repeated callback from the same browser (a reload, a double click) has the same result
        for 5 minutes; its code is exchanged once.

        Args:
            callback: The URL of the callback request, or its query, as text; or the query's
                parameters.
            session: The value that `begin` was given.

        Raises:
            AuthorizationDenied: The person did not approve.
            AuthorizationFailed: The authorization server returned another error.
            CallbackError: The callback is invalid, comes from another browser or server, or is too
                late; the subclass gives the reason.
            TokenRequestFailed: The code could not be exchanged for tokens.
            OtherAccount: The existing connection is for another account.
            AccountUnknown: Katana did not show whether the account is the same.
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
        """Make a connection from another system's tokens, and read its account.

        Stop that system first: a refresh token can be used once, and two systems that use it end
        the connection. The tokens are stored before they are used, so an interrupted run can be
        repeated with the same refresh token. No existing connection is replaced.

        Args:
            connection_id: The id of the new connection.
            refresh_token: The newest refresh token. It must have been issued to this `client_id`.
            access_token: The access token that was issued with it; without one, the connection is
                refreshed at once.
            expires_in: Seconds until `access_token` expires; None if unknown.

        Raises:
            AlreadyConnected: There is a connection with this id.
            ReauthorizationRequired: The server does not accept the refresh token. The connection is
                stored with the status `reauthorize`.
            TokenRequestFailed: The tokens could not be refreshed now. The connection is stored, and
                its next use refreshes it.
            TypeError: An argument has a wrong type.
            ValueError: A token has invalid characters, or `expires_in` is out of range.
        """
        tokens = parse_tokens_to_adopt(refresh_token, access_token, expires_in)
        del refresh_token, access_token  # a traceback holds this frame
        if isinstance(tokens, Exception):
            raise tokens
        self._check_open()
        return await adopt(check_connection_id(connection_id), tokens, self._accounts)

    def auth(self, connection_id: str) -> ConnectionAuth:
        """Return the `auth` for a client that calls as a connected account. It does no I/O."""
        return ConnectionAuth(check_connection_id(connection_id), self._api_url, self._sessions)

    async def refresh(self, connection_id: str) -> Connection:
        """Refresh a connection even if its access token is valid, for instance after a leak.

        If another process is refreshing it, or has used its refresh token without an answer, this
        waits for up to `RefreshTiming.patience` seconds.

        Raises:
            ReauthorizationRequired: A person must connect the account again; or there is no refresh
                token.
            TokenRequestFailed: The server returned no tokens. The access token stays in use until
                it expires.
            NotConnected: There is no connection with this id.
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
        """Return a connection as it is stored; raise NotConnected if there is none with this id."""
        self._loop.check()
        opened = await self._context.read_connection(check_connection_id(connection_id))
        return make_connection(connection_id, opened.record)

    def connections(self, *, status: Status | str | None = None) -> AsyncIterator[Connection]:
        """Yield every connection, in any order: `async for connection in app.connections()`.

        With a status, such as `reauthorize`, yield the connections with this status only. A
        connection whose row does not open, or whose key is not available now, has the status
        `unreadable`.
        """
        self._loop.check()
        return list_connections(self._sealed_rows, None if status is None else Status(status))

    async def disconnect(
        self, connection_id: str, *, revoke: bool = False, together_with: Collection[str] = ()
    ) -> Revocation:
        """Delete a connection from the store; revoke its tokens only on request.

        The connection is deleted first, whatever the result of the revocation; other processes
        notice within `RefreshTiming.recheck` seconds. Both steps are completed even if the caller
        is cancelled: otherwise a browser that disconnects could leave valid tokens that are stored
        nowhere.

        Args:
            connection_id: The id of the connection.
            revoke: Whether to revoke its tokens (RFC 7009). Auth0 grants access per user, so this
                may end every connection that the same person made with this `client_id`.
                Therefore all rows are read, and nothing is revoked if another connection has the
                same user or email, or an unknown one. Pass False if two stores have connections of
                one `client_id`, since only one store is read.
            together_with: The ids of other connections that you also disconnect, each with its own
                call. They do not prevent the revocation.

        Returns:
            The result of the revocation; `FAILED` also if the row did not open.

        Raises:
            NotConnected: There is no connection with this id.
            TokenStoreError: The store failed. The connection may be deleted or not: call again.
            KeyUnavailable: The key is not available now. Nothing was deleted.
        """
        self._check_open()
        check_connection_id(connection_id)
        if isinstance(together_with, str):
            raise TypeError("together_with takes several ids, such as ['tenant-43'], not a str")
        others = frozenset(together_with)
        work = disconnect(self._sessions, connection_id, revoke=revoke, together_with=others)
        failure = f"connection {connection_id}: disconnecting it failed after the caller left"
        return await self._context.tasks.run(work, "katana-oauth-disconnect", failure)

    def rotate_keys(self) -> AsyncIterator[KeyRotation]:
        """Seal every connection with the current key, and yield the progress after each.

        The rotation can be stopped and started again at any time. The app stays usable meanwhile.
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
        """Wait for refreshes and other work, then close the session and the store.

        A session that was passed in stays open, and so does a store that another open app uses.
        A second call has no effect.
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
        # `close` would not wait for a call that begins now, which could lose its tokens.
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
        # A class passes the check of a protocol, but later calls of its methods would fail.
        if isinstance(value, type) or not isinstance(value, accepted):
            return ConfigurationError(f"{name}= takes {description}, not {kind_of(value)}")
    return None


def _hide_client_secret(given: object) -> Secret | None:
    """Return a client secret as a `Secret`: empty for another type, for which an error follows."""
    if given is None or isinstance(given, Secret):
        return given
    return Secret(given if isinstance(given, str) else "")


def _hide_browser_session(session: object) -> Secret:
    if not isinstance(session, str):
        raise TypeError(f"session is text, not {kind_of(session)}")
    if not session:
        raise ValueError("session is empty: it must identify this browser")
    return Secret(session)
