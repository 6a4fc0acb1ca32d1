"""An app that Katana's customers connect to: the way in to everything about OAuth."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from threading import Lock
from types import TracebackType
from typing import Self
from weakref import WeakSet

import aiohttp

from ..errors import ConfigurationError, KatanaError, NotConnected
from ..http.clock import Clock, SystemClock
from ..http.limits import Limits
from ..http.limits.registry import shared
from ..http.session import BASE_URL, SessionHolder, check_base_url
from ..http.settings import HTTPSettings, check_http_settings
from ..loops import OneLoop
from ..secrets import Secret
from .connect.adoption import adopt
from .connect.authorization import Authorizing
from .connect.connections import (
    Completed,
    Connection,
    KeyRotation,
    OAuthStats,
    Status,
    connection_of,
    listed,
    rotated,
)
from .connect.disconnection import Disconnecting
from .connect.identity import Identity
from .connect.listeners import Listener, Listeners
from .sealing.cipher import Cipher
from .sealing.sealed_rows import Vault, checked_id
from .server.endpoint import Endpoint, Revocation
from .server.forms import OFFLINE_ACCESS, Registration, parse_callback
from .settings import (
    AUDIENCE,
    AUTHORIZE_URL,
    REVOKE_URL,
    TOKEN_URL,
    checked_address,
    checked_browser,
    checked_environment,
    checked_life,
    checked_listener,
    checked_secret,
    given_tokens,
    misplaced,
    not_a_callback,
    registration,
)
from .stores.base import TokenStore
from .tokens.auth import ConnectionAuth
from .tokens.refresh import Timing
from .tokens.refresher import Refresher
from .tokens.token_session import Keeper

_ONE_PER_LOOP = (
    "Make one per loop, while it runs (they share what is stored): in the function that"
    " asyncio.run() is given, or in the lifespan of a server. See docs/deployment.md"
)

# Closing a store under another app in the middle of a refresh would lose its fresh tokens.
_open: WeakSet["OAuthApp"] = WeakSet()
_open_lock = Lock()


class OAuthApp:
    """Connect customers' Katana accounts over OAuth 2.0, and keep them connected.

    One per event loop; any number of processes share the connections through the store. Use it as
    `async with OAuthApp(...) as app:`, or call `close()`: refreshes that are going on end first.

    Args:
        client_id: As Katana registered the app.
        client_secret: As above; None for a public client, which needs PKCE.
        redirect_uri: Where Katana sends the browser back to. https, except on this machine.
        store: Where tokens are kept. It is closed with the last of the apps that share it.
        cipher: What they are sealed with, such as `KeyRing.from_env()`.
        environment: Where this app runs, such as `staging`. Rows open only where they were sealed,
            so that a copy of production's database refreshes none of its connections. It cannot be
            changed later: give a name to every environment but the first.
        scopes: What is asked for. Without `offline_access` a connection ends with its first token.
        audience: The API that tokens are for; None leaves it out.
        extra: More parameters for the authorization request.
        pkce: Whether to use PKCE (RFC 7636, S256).
        state_life: Seconds within which the callback must come.
        leeway: Seconds before its end at which a token is refreshed, at most a quarter of its life.
        patience: Seconds for which a refresh token is left alone that some process said to use and
            was not heard of since. Longer than any process is stopped (a paused container, say),
            and than the store's clock jumps ahead.
        lease: Seconds for which one process has a connection to itself while it refreshes.
        timeout: Seconds for one answer of the token endpoint.
        recheck: Seconds after which a connection's row is looked at again although its token lives,
            so that a disconnect by another process is noticed.
        on_refresh: Is called with each connection whose tokens were refreshed by this process, and
            stored.
        on_reauthorization_required: Is called with a connection that has ended: tell the customer.
            By one of all processes, and at most once: if that one dies just then, by none, and
            `connections()` shows it all the same. What a listener raises goes to the log.
        on_refresh_failed: Is called with a connection whose refreshes begin to be refused for a
            reason of the authorization server's (`connection.error`), and when that reason changes.
        authorize_url: Katana's.
        token_url: Katana's.
        revoke_url: Katana's, for `disconnect(revoke=True)`; None for a server without revocation.
        issuer: What the server calls itself in callbacks, where it does (RFC 9207). By default any
            name on the host of `authorize_url` is taken.
        api_url: Where the API is, which tells whose account it is.
        session: An aiohttp session of your own: used as it is and never closed.
        http: Settings of the connections: TLS, proxy, and how many there are at once.
        limits: Who keeps the rate limits; by default all clients of the process share one.
        clock: Time in this process; for tests.

    Raises:
        ConfigurationError: A setting is missing, or cannot work.
        ValueError: A time makes no sense.
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
        audience: str | None = AUDIENCE,
        extra: Mapping[str, str] | None = None,
        pkce: bool = True,
        state_life: float = 600.0,
        leeway: float = 300.0,
        patience: float = 90.0,
        lease: float = 30.0,
        timeout: float = 15.0,
        recheck: float = 60.0,
        on_refresh: Listener | None = None,
        on_reauthorization_required: Listener | None = None,
        on_refresh_failed: Listener | None = None,
        authorize_url: str = AUTHORIZE_URL,
        token_url: str = TOKEN_URL,
        revoke_url: str | None = REVOKE_URL,
        issuer: str | None = None,
        api_url: str = BASE_URL,
        session: aiohttp.ClientSession | None = None,
        http: HTTPSettings | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
    ) -> None:
        secret = checked_secret(client_secret)
        del client_secret  # the traceback of what is raised below holds this frame
        settings = check_http_settings(http, session)
        del http  # as above
        registered = registration(
            client_id=client_id,
            client_secret=secret,
            redirect_uri=redirect_uri,
            scopes=scopes,
            audience=audience,
            extra=extra or {},
            pkce=pkce,
        )
        mistake = misplaced(store=store, cipher=cipher, session=session)
        if mistake is not None:
            del store, cipher, session  # what was put there by mistake may be a secret
            raise mistake
        if isinstance(settings, ConfigurationError):
            raise settings
        timing = Timing(
            leeway=leeway, patience=patience, lease=lease, timeout=timeout, recheck=recheck
        )
        self._listeners = Listeners(
            checked_listener(on_refresh, "on_refresh"),
            checked_listener(on_reauthorization_required, "on_reauthorization_required"),
            checked_listener(on_refresh_failed, "on_refresh_failed"),
        )
        self._closing = False
        self._app = registered
        self._clock = clock or SystemClock()
        self._session = SessionHolder(settings, session, owner="OAuthApp")
        self._vault = Vault(store, cipher, client_id, checked_environment(environment))
        self._endpoint = Endpoint(
            session=self._session,
            token_url=checked_address(token_url, "token_url"),
            revoke_url=None if revoke_url is None else checked_address(revoke_url, "revoke_url"),
            timeout=timing.timeout,
            clock=self._clock,
        )
        self._refresher = Refresher(
            app=registered,
            vault=self._vault,
            endpoint=self._endpoint,
            traffic=self._endpoint.traffic,
            timing=timing,
            clock=self._clock,
            on_refresh=self._listeners.refreshed,
            on_reauthorization_required=self._listeners.over,
            on_refusal=self._listeners.refused,
        )
        self._here = OneLoop("OAuthApp", _ONE_PER_LOOP)
        self._keeper = Keeper(self._refresher, self._here)
        self._disconnecting = Disconnecting(
            app=self._app,
            vault=self._vault,
            endpoint=self._endpoint,
            keeper=self._keeper,
            timing=timing,
            clock=self._clock,
        )
        self._api_url = check_base_url(api_url, "api_url")
        identity = self._identity = Identity(
            self._api_url, self._session, limits or shared, self._clock
        )
        self._authorizing = Authorizing(
            app=registered,
            vault=self._vault,
            endpoint=self._endpoint,
            clock=self._clock,
            authorize_url=checked_address(authorize_url, "authorize_url"),
            pkce=pkce,
            life=checked_life(state_life),
            issuer=issuer,
            identify=lambda connection_id, token: identity(
                self._keeper.quota(connection_id), token
            ),
            identify_stored=lambda connection_id: identity.of_stored(connection_id, self._keeper),
            on_connected=self._keeper.forget,
        )
        with _open_lock:
            _open.add(self)

    @property
    def redirect_uri(self) -> str:
        """Where Katana sends the browser back to."""
        return self._app.redirect_uri

    @property
    def state_life(self) -> float:
        """Seconds within which the callback must come."""
        return self._authorizing.life

    # -- connecting

    async def begin(
        self,
        *,
        session: str,
        connection_id: str | None = None,
        return_to: str | None = None,
        any_account: bool = False,
    ) -> str:
        """Begin to connect an account, and return where to send the browser.

        Args:
            session: What tells this browser from every other, such as the id of its session: a
                secret that only it has. `complete` wants the same.
            connection_id: What the connection is called, such as your tenant's id; one that exists
                is mended. By default it gets a new id.
            return_to: Given back by `complete`; for where the person goes afterwards.
            any_account: Let a person mend a connection with another account than it was for.

        Raises:
            ValueError: An argument cannot be stored.
            TokenStoreError: The store cannot be written.
            UnsealError: The connection to mend is there and does not open. Disconnect it first, if
                it is lost.
            KeyUnavailable: A key cannot be had right now.
            ConfigurationError: This app is closed.
        """
        self._check_open()
        browser = checked_browser(session)
        del session
        if connection_id is not None:
            checked_id(connection_id)
        return await self._authorizing.begin(
            browser, connection_id, return_to, any_account=any_account
        )

    async def complete(
        self,
        callback: str | Mapping[str, str] | Mapping[str, Sequence[str]],
        *,
        session: str,
    ) -> Completed:
        """Complete a connection with what the browser brought back.

        The same callback from the same browser is answered alike for 5 minutes, with one exchange.

        Args:
            callback: The whole address that the browser was sent to, as text, or its parameters.
            session: As given to `begin`.

        Returns:
            The connection. Its tokens are stored.

        Raises:
            AuthorizationDenied: The person said no.
            AuthorizationFailed: The server refused.
            CallbackError: It cannot be trusted, or came too late: a subclass says why.
            TokenRequestFailed: The code was not exchanged.
            OtherAccount: The connection to mend was for another account.
            AccountUnknown: Katana did not show whether it is for the same account.
            TokenStoreError: The store cannot be read or written.
            KeyUnavailable: A key cannot be had right now.
            UnsealError: A row does not open.
            ConfigurationError: This app is closed, or cannot reach the server at all.
            TypeError: The callback is neither text nor parameters.
        """
        parsed = not_a_callback(callback) or parse_callback(callback)
        del callback  # the traceback of what is raised next holds this frame
        if isinstance(parsed, Exception):
            del session
            raise parsed
        self._check_open()
        browser = checked_browser(session)
        del session
        outcome = await self._authorizing.complete(parsed, browser)
        if isinstance(outcome, KatanaError):
            raise outcome
        self._keeper.forget(outcome.id)  # it may have been connected by another process
        return outcome

    async def adopt(
        self,
        connection_id: str,
        *,
        refresh_token: str | Secret,
        access_token: str | Secret | None = None,
        expires_in: float | None = None,
    ) -> Connection:
        """Make a connection of tokens that another system holds, without a browser.

        Stop that system first: a refresh token is good for one use, and two that use it end the
        connection. The tokens are stored before they are used, so a run that was cut can be
        repeated: one with the same refresh token goes on, and no connection is replaced.

        Args:
            connection_id: What the connection is called; there must be none of this id.
            refresh_token: The newest one, of the same `client_id`.
            access_token: That of the same answer; without it the connection is refreshed at once.
            expires_in: Seconds for which `access_token` still lives; None when that is not known.

        Returns:
            The connection, with the account that Katana says it is for.

        Raises:
            AlreadyConnected: There is a connection of this id.
            ReauthorizationRequired: The refresh token is spent. The connection is stored as such.
            TokenRequestFailed: It could not be refreshed now. It is stored, and will be.
            TokenStoreError: The store failed: call again.
            UnsealError: There is a row of this id that does not open.
            KeyUnavailable: A key cannot be had right now.
            TypeError: A token is no text.
            ValueError: A token or the time cannot be one.
            ConfigurationError: This app is closed.
        """
        tokens = given_tokens(refresh_token, access_token, expires_in)
        del refresh_token, access_token  # the traceback of what is raised next holds this frame
        if isinstance(tokens, Exception):
            raise tokens
        self._check_open()
        checked_id(connection_id)
        return await adopt(connection_id, tokens, self._app.scopes, self._keeper, self._identity)

    # -- using

    def auth(self, connection_id: str) -> ConnectionAuth:
        """Return what a client calls as a connected account with. Cheap, and asks nothing."""
        return ConnectionAuth(checked_id(connection_id), self._api_url, self._keeper)

    async def refresh(self, connection_id: str) -> Connection:
        """Refresh a connection now, although its access token lives: after a key was seen, say.

        Where another process is at it, or was not heard of, this waits for up to `patience`.

        Raises:
            ReauthorizationRequired: A person has to connect the account again; or there is no
                refresh token.
            TokenRequestFailed: The server gave no tokens. Those before are used on while they live.
            NotConnected: There is none of this id.
            TokenStoreError: The store cannot be read or written.
            UnsealError: Its row does not open.
            KeyUnavailable: The key that opens it cannot be had right now.
            ConfigurationError: This app is closed.
        """
        self._check_open()
        record = await self._keeper.refresh(checked_id(connection_id))
        return connection_of(connection_id, record)

    @property
    def stats(self) -> OAuthStats:
        """What this app has done so far in this process: for metrics and alarms."""
        return OAuthStats(
            refreshes=self._refresher.refreshes,
            failures=dict(self._refresher.failures),
            unsaved=self._keeper.unsaved,
        )

    async def connection(self, connection_id: str) -> Connection:
        """Return a connection as it is stored.

        Raises:
            NotConnected: There is none of this id.
            TokenStoreError: The store cannot be read.
            UnsealError: Its row does not open.
            KeyUnavailable: The key that opens it cannot be had right now.
        """
        self._here.check()
        opened = await self._vault.connection(checked_id(connection_id))
        if opened is None:
            raise NotConnected("there is none", connection_id=connection_id)
        return connection_of(connection_id, opened.record)

    def connections(self, *, status: Status | str | None = None) -> AsyncIterator[Connection]:
        """Give every connection, in any order: `async for connection in app.connections()`.

        One whose row does not open, or not right now, is given with the status `unreadable`.

        Args:
            status: Give those of this status only, such as `reauthorize`.

        Raises:
            ValueError: There is no such status.
            TokenStoreError: While iterating: the store cannot be read.
        """
        self._here.check()
        return listed(self._vault, None if status is None else Status(status))

    async def disconnect(
        self, connection_id: str, *, revoke: bool = False, together_with: Collection[str] = ()
    ) -> Revocation:
        """Forget a connection; revoke its tokens at the server only if that is asked for.

        It is forgotten first, whatever the server says then; other processes notice within
        `recheck` seconds. Both are done even if the caller is cancelled.

        Args:
            connection_id: Which.
            revoke: Whether to revoke its tokens (RFC 7009). At Auth0 that may end every connection
                that the same person made with this `client_id`, so it is not done where another
                connection has the same user or email, or one that is not known. All rows are read
                for that. A connection in another store is not seen: revoke nothing where two
                stores have connections of one `client_id`.
            together_with: The ids of others that are disconnected with it, by calls of their own:
                these do not keep its tokens from being revoked.

        Returns:
            What became of the tokens at the server; `FAILED` too where the row did not open.

        Raises:
            NotConnected: There is none of this id.
            TokenStoreError: The store failed: ask again, it may be forgotten or not.
            KeyUnavailable: Its tokens cannot be read right now. It was not forgotten.
        """
        self._check_open()
        if isinstance(together_with, str):
            raise TypeError("together_with is several ids, such as ['tenant-43'], not one text")
        return await self._disconnecting.disconnect(
            checked_id(connection_id), revoke=revoke, together_with=frozenset(together_with)
        )

    async def rotate_keys(self) -> AsyncIterator[KeyRotation]:
        """Seal every connection with the current key, and tell after each how far it is.

        It can be stopped and begun again at any time, and run beside everything else. What does not
        open, or not now, is told as `unreadable` and holds up nothing.

        Raises:
            TokenStoreError: While iterating: the store cannot be read or written.
            KeyUnavailable: While iterating, at its beginning: there are no keys to be had.
        """
        self._here.check()
        async for rotation in rotated(self._vault):
            yield rotation

    # -- ending

    async def close(self) -> None:
        """Let what is going on end, then close the session and the store. Twice does no harm.

        A session that was passed in stays open. So does the store while another app that is open
        has it: the last one to be closed closes it.
        """
        self._closing = True
        await self._authorizing.close()
        await self._disconnecting.close()
        await self._keeper.close()
        await self._listeners.close(self._refresher.timing.timeout)
        try:
            await self._session.close()
        finally:
            if self._is_last():
                await self._vault.store.close()

    def _check_open(self) -> None:
        # What is begun now would be cut: a code spent, and its tokens lost.
        if self._closing:
            raise ConfigurationError("this OAuthApp is closed; make a new one")
        self._here.check()

    def _is_last(self) -> bool:
        """Count this app as closed, once, and return whether no open one has its store."""
        with _open_lock:
            if self not in _open:
                return False
            _open.discard(self)
            shared = [other._vault.store for other in _open]  # noqa: SLF001 - of its own class
        return all(store is not self._vault.store for store in shared)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        # A traceback with locals shows it when its arguments were refused.
        app: Registration | None = getattr(self, "_app", None)
        return f"<OAuthApp {app.client_id}>" if app else "<OAuthApp>"
