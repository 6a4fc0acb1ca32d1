"""From the browser that goes out to the callback that comes back: begun once, completed once.

What was begun is a row under the state's fingerprint. Its stages are compared and set, so that of
several callbacks with one state, in however many processes, one exchanges the code and the others
see what came of it.
"""

import asyncio
import logging
import math
import uuid
from collections.abc import Awaitable, Callable

from attrs import define, evolve, field
from yarl import URL

from ...errors import (
    AccountUnknown,
    AuthorizationDenied,
    AuthorizationFailed,
    CallbackError,
    ConfigurationError,
    KatanaError,
    KeyUnavailable,
    NotConnected,
    OAuthError,
    OtherAccount,
    OtherBrowser,
    OtherIssuer,
    StateExpired,
    StateUnknown,
    TokenRequestFailed,
    TokenStoreError,
)
from ...http.clock import Clock
from ...http.retry import backoff
from ...secrets import Secret
from ..finishing import finished
from ..records import (
    Account,
    ConnectionRecord,
    PendingRecord,
    Stage,
    Standing,
    name_of,
    new_name,
)
from ..sealing.sealed_rows import Opened, Vault
from ..server.endpoint import Endpoint
from ..server.forms import (
    OFFLINE_ACCESS,
    Callback,
    Registration,
    Tokens,
    authorization_url,
    code_form,
    new_secret,
)
from ..server.traffic import is_busy
from .connections import Completed, completed, connection_of
from .identity import Identify

log = logging.getLogger("katana_async")

REPEATABLE = 300.0
"""Seconds for which the same callback, from the same browser, is answered as the first time."""

_REMEMBERED = 3600.0  # seconds for which a state that came too late is told from a made-up one
_LONGEST_RETURN_TO = 8_192  # characters: it is in the row, and rows have an end
_LOOK = 0.1
_SAVES = 4

# Which authorization a row is of; where there is none, which version of the row says so.
_Place = int | tuple[str, float]

_Exchange = asyncio.Task[Completed | KatanaError | None]


@define(eq=False)
class Authorizing:
    """Begin and complete authorizations.

    Attributes:
        app: Who asks.
        vault: The rows.
        endpoint: The token endpoint.
        clock: Time in this process.
        authorize_url: Where browsers are sent.
        pkce: Whether a code verifier is used.
        life: Seconds within which the callback must come.
        issuer: What the server calls itself, where that is known.
        identify: Finds out whose account tokens are for.
        identify_stored: Finds out whose account a stored connection is for, with its own tokens.
        on_connected: Hears of each connection that was stored, even if its caller went away.
    """

    app: Registration
    vault: Vault
    endpoint: Endpoint
    clock: Clock
    authorize_url: URL
    pkce: bool
    life: float
    issuer: str | None
    identify: Identify
    identify_stored: Callable[[str], Awaitable[Account | None]]
    on_connected: Callable[[str], None]
    _exchanges: set[_Exchange] = field(factory=set[_Exchange])

    async def begin(
        self,
        session: Secret,
        connection_id: str | None,
        return_to: str | None,
        *,
        any_account: bool,
    ) -> str:
        """Remember a fresh state, and return where the browser goes with it."""
        _check_return_to(return_to)
        state, verifier = new_secret(), new_secret() if self.pkce else None
        if connection_id is not None:
            # A row that does not open would not be replaced either: better said now than later.
            await self.vault.connection(connection_id)
        record = PendingRecord(
            stage=Stage.PENDING,
            session=name_of(session),
            verifier=verifier,
            connection_id=connection_id,
            return_to=return_to,
            any_account=any_account,
            began_at=await self.vault.now(),
        )
        await self.vault.save_pending(name_of(state), 1, record, self.life + _REMEMBERED)
        return authorization_url(str(self.authorize_url), self.app, state, verifier)

    async def complete(self, callback: Callback, session: Secret) -> Completed | KatanaError:
        """Return the connection that a callback makes, or the error to raise."""
        state = name_of(callback.state)
        code = None if callback.code is None else name_of(callback.code)
        while True:
            opened = await self.vault.pending(state)
            if opened is None:
                return StateUnknown(
                    "the callback's state is unknown: it was not begun here, or was used already."
                    " Begin again"
                )
            record = opened.record
            if record.session != name_of(session):
                return OtherBrowser(
                    "the callback came to another browser, or another user of it, than the one that"
                    " began. Begin again, and finish in the same browser"
                )
            if callback.issuer is not None and not self._is_ours(callback.issuer):
                return OtherIssuer("the callback names another authorization server. Begin again")
            try:
                outcome = await self._outcome(state, opened, callback, code)
            except KatanaError as error:
                outcome = error.with_traceback(None)
            if isinstance(outcome, OAuthError):
                outcome.return_to = record.return_to
            if outcome is not None:
                return outcome
            await self.clock.sleep(_LOOK)

    async def _outcome(
        self, state: str, opened: Opened[PendingRecord], callback: Callback, code: str | None
    ) -> Completed | KatanaError | None:
        """Return what came of a callback that is this browser's; None to look again."""
        record = opened.record
        if record.stage is Stage.PENDING:
            # A browser that went away must leave neither an authorization that is taken by nobody,
            # nor a spent code without its tokens.
            return await finished(
                self._begun(state, opened, callback, code),
                f"connection {record.connection_id or 'without an id yet'}: its callback failed"
                " when the browser was gone",
            )
        if record.code != code:
            return StateUnknown(
                "the callback's state was used already, with another code. Begin again"
            )
        if record.stage is Stage.DONE:
            return await self._again(record)
        if record.stage is Stage.FAILED:
            return _failure(record)
        if opened.now - (record.claimed_at or 0.0) > 3 * self.endpoint.timeout + 10:
            return TokenRequestFailed(
                "another process took this callback and did not finish. Begin again",
                outcome_unknown=True,
            )
        return None

    async def close(self) -> None:
        """Let exchanges end: a code is good for one."""
        if self._exchanges:
            await asyncio.wait(self._exchanges, timeout=2 * self.endpoint.timeout)

    def _is_ours(self, issuer: str) -> bool:
        """Whether an issuer is the one that is expected (RFC 9207, section 2.4).

        Where none was named: the host that browsers are sent to, or a path of it above that.
        """
        if self.issuer is not None:
            return issuer == self.issuer
        ours, theirs = f"{self.authorize_url}/", f"{issuer.rstrip('/')}/"
        return ours.startswith(theirs) and theirs.startswith(f"{self.authorize_url.origin()}/")

    def _begun(
        self, state: str, opened: Opened[PendingRecord], callback: Callback, code: str | None
    ) -> _Exchange:
        exchange = asyncio.get_running_loop().create_task(
            self._first(state, opened, callback, code), name="katana-oauth-code"
        )
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._exchanges.discard)
        return exchange

    async def _first(
        self, state: str, opened: Opened[PendingRecord], callback: Callback, code: str | None
    ) -> Completed | KatanaError | None:
        """Take an authorization that nobody has taken; None when somebody just did."""
        record = opened.record
        if opened.now - record.began_at > self.life:
            return StateExpired(
                f"the callback came later than the {self.life:g} s allowed for. Begin again"
            )
        if callback.problem is not None:
            failed = _failed(record, callback.problem)
            taken = await self.vault.save_pending(state, opened.version + 1, failed, REPEATABLE)
            return callback.problem if taken else None
        claimed = evolve(
            record, stage=Stage.EXCHANGING, code=code, claimed_at=opened.now, verifier=None
        )
        if not await self.vault.save_pending(state, opened.version + 1, claimed, _REMEMBERED):
            return None
        assert callback.code is not None
        mine = Opened(claimed, opened.version + 1, opened.now)
        return await self._exchanged(state, mine, callback.code, record.verifier)

    async def _exchanged(
        self, state: str, mine: Opened[PendingRecord], code: Secret, verifier: Secret | None
    ) -> Completed | KatanaError:
        try:
            outcome = await self._connected(mine, code, verifier)
        except KatanaError as error:
            outcome = error.with_traceback(None)
        if isinstance(outcome, KatanaError):
            record = _failed(mine.record, outcome)
        else:
            record = evolve(
                mine.record,
                stage=Stage.DONE,
                outcome=outcome.id,
                previous_account=outcome.previous_account,
            )
        try:
            await self.vault.save_pending(state, mine.version + 1, record, REPEATABLE)
        except KatanaError as error:
            log.warning("a repeated callback will not be recognised: %s", error)
        return outcome

    async def _connected(
        self, mine: Opened[PendingRecord], code: Secret, verifier: Secret | None
    ) -> Completed | KatanaError:
        tokens, asked = await self._exchange(code, verifier)
        if not isinstance(tokens, Tokens):
            return tokens
        connection_id = mine.record.connection_id or str(uuid.uuid4())
        if tokens.refresh is None and OFFLINE_ACCESS in self.app.scopes:
            log.warning("connection %s: the server gave no refresh token", connection_id)
        account = await self.identify(connection_id, tokens.access)
        # When they are not stored, they are forgotten and not revoked: where a grant is of a person
        # and an app, as at Auth0, that would end another connection of the same person too.
        return await self._stored(connection_id, mine.record, tokens, account, asked)

    async def _exchange(
        self, code: Secret, verifier: Secret | None
    ) -> tuple[Tokens | TokenRequestFailed | ConfigurationError, float]:
        """Return the tokens for a code, and when they were asked for.

        It is sent again while it certainly was not spent, for as long as a person waits: where no
        connection was made, or the endpoint asked to come back later.
        """
        until = self.clock.now() + self.endpoint.timeout
        attempt = 0
        while True:
            attempt += 1
            pause = self.endpoint.traffic.pause()
            if pause > 0 and self.clock.now() + pause < until:
                await self.clock.sleep(pause)
            asked = self.clock.now()
            tokens = await self.endpoint.ask(code_form(self.app, code, verifier))
            if not isinstance(tokens, TokenRequestFailed) or not _is_unspent(tokens):
                return tokens, asked
            wait = max(backoff(attempt), self.endpoint.traffic.pause())
            if self.clock.now() + wait >= until:
                return tokens, asked
            await self.clock.sleep(wait)

    async def _stored(
        self,
        connection_id: str,
        pending: PendingRecord,
        tokens: Tokens,
        account: Account | None,
        asked: float,
    ) -> Completed | KatanaError:
        problem: KatanaError = TokenStoreError("the token store changed all the time")
        tried: set[_Place] = set()
        unsure = False  # whether one that was tried may be in the row, or have been
        place: _Place = 0
        compared: _Place | None = None  # the authorization that this one was compared with
        previous: Account | None = None
        for attempt in range(1, _SAVES + 1):
            try:
                here = self.clock.now()
                version, before = await self.vault.latest(connection_id)
                now = await self.vault.now() if before is None else before.now
                old = None if before is None else before.record
                found = version if old is None else _authorization(old)
                if found in tried or (unsure and found != place):
                    # It was written, and only the confirmation was lost; or somebody disconnected
                    # or connected it anew since it may have been. What they wrote since, a refresh
                    # perhaps, has to stay.
                    self.on_connected(connection_id)
                    return _as_found(connection_id, old, pending, previous)
                place = found
                if old is not None and found != compared:
                    compared = found
                    before_it, account = await self._compare(
                        connection_id, old, account, tokens, thorough=not pending.any_account
                    )
                    same = _same(before_it, account)
                    previous = None if same else before_it
                    if not same and not pending.any_account:
                        return _misfit(connection_id, before_it, account)
                record = self._record(old, tokens, account, now, now - (here - asked))
                tried.add(_authorization(record))
                if await self.vault.save_connection(connection_id, version + 1, record):
                    self.on_connected(connection_id)
                    return _as_found(connection_id, record, pending, previous)
            except (TokenStoreError, KeyUnavailable) as error:
                problem = error.with_traceback(None)
                unsure = bool(tried)
                await self.clock.sleep(backoff(attempt))
            except OAuthError as error:
                return error.with_traceback(None)
        return problem

    async def _compare(
        self,
        connection_id: str,
        old: ConnectionRecord,
        account: Account | None,
        tokens: Tokens,
        *,
        thorough: bool,
    ) -> tuple[Account | None, Account | None]:
        """Return whose account a connection is for, and whose the new tokens are for.

        What could not be read when it was due is read again, if `thorough`: a row may have been
        made while Katana failed, or before it gave its accounts ids.
        """
        known = old.account
        if not thorough:
            return known, account
        if (known is None or known.factory_id is None) and old.standing is Standing.CONNECTED:
            found = await self.identify_stored(connection_id)
            known = known if found is None else found.completed_by(known)
        if account is None or account.factory_id is None or account.user_id is None:
            again = await self.identify(connection_id, tokens.access)
            account = account if again is None else again.completed_by(account)
        return known, account

    def _record(
        self,
        old: ConnectionRecord | None,
        tokens: Tokens,
        account: Account | None,
        now: float,
        issued_at: float,
    ) -> ConnectionRecord:
        # Later than the one before by any clock: it is what they are told apart by.
        first = now if old is None else math.nextafter(old.connected_at, math.inf)
        return ConnectionRecord(
            birth=new_name() if old is None else old.birth,
            access=tokens.access,
            refresh=tokens.refresh,
            issued_at=issued_at,
            life=tokens.life,
            scopes=self.app.scopes if tokens.scopes is None else tokens.scopes,
            account=account,
            connected_at=max(now, first),
        )

    async def _again(self, record: PendingRecord) -> Completed | KatanaError:
        connection_id = record.outcome or ""
        opened = await self.vault.connection(connection_id)
        old = None if opened is None else opened.record
        return _as_found(connection_id, old, record, record.previous_account, repeated=True)


def _is_unspent(error: TokenRequestFailed) -> bool:
    if error.status is None:
        return not error.outcome_unknown
    return is_busy(error) or error.error == "temporarily_unavailable"


def _check_return_to(return_to: object) -> None:
    if return_to is None:
        return
    if not isinstance(return_to, str):
        raise TypeError(f"return_to is text, not {type(return_to).__name__}")
    if len(return_to) > _LONGEST_RETURN_TO:
        raise ValueError(f"return_to has more than {_LONGEST_RETURN_TO} characters")
    if any("\ud800" <= char <= "\udfff" for char in return_to):
        raise ValueError("return_to holds half of a surrogate pair, which cannot be stored")


def _same(known: Account | None, account: Account | None) -> bool | None:
    """Return whether both are one account; None when that could not be read."""
    # Of an account that is not known at all, no other can be told apart.
    return True if known is None else known.is_same_as(account or Account())


def _misfit(
    connection_id: str, known: Account | None, account: Account | None
) -> OtherAccount | AccountUnknown:
    """Return the error for an account that is another one, or may be."""
    was = known and known.name
    if _same(known, account) is None:
        return AccountUnknown(
            f"it was for {was!r}, and Katana did not show whose account was chosen now. Nothing was"
            " changed: let the person try again in a few minutes",
            connection_id=connection_id,
        )
    return OtherAccount(
        f"it was for {was!r}, and {account and account.name!r} was chosen now. Connect the same"
        " account, or make another connection",
        connection_id=connection_id,
    )


def _authorization(record: ConnectionRecord) -> _Place:
    """Return what a refresh leaves in a row, and an authorization does not."""
    return record.birth, record.connected_at


def _as_found(
    connection_id: str,
    record: ConnectionRecord | None,
    pending: PendingRecord,
    previous: Account | None,
    *,
    repeated: bool = False,
) -> Completed | NotConnected:
    if record is None:
        return NotConnected("it was disconnected since", connection_id=connection_id)
    return completed(
        connection_of(connection_id, record), pending.return_to, previous, repeated=repeated
    )


def _failed(record: PendingRecord, error: KatanaError) -> PendingRecord:
    return evolve(
        record,
        stage=Stage.FAILED,
        verifier=None,
        outcome=type(error).__name__,
        message=str(error),
        error=getattr(error, "error", None),
    )


def _failure(record: PendingRecord) -> KatanaError:
    """Return the error that the first callback met."""
    message = record.message or "the connection failed"
    match record.outcome:
        case "AuthorizationDenied":
            return AuthorizationDenied(message)
        case "AuthorizationFailed":
            return AuthorizationFailed(message, error=record.error or "unknown")
        case "TokenRequestFailed":
            return TokenRequestFailed(message, error=record.error)
        case "ConfigurationError":
            return ConfigurationError(message)
        case "TokenStoreError":
            return TokenStoreError(message)
        case "KeyUnavailable":
            return KeyUnavailable(message)
        case "OtherAccount" | "AccountUnknown" if record.connection_id is not None:
            says = message.removeprefix(f"connection {record.connection_id}: ")
            kind = OtherAccount if record.outcome == "OtherAccount" else AccountUnknown
            return kind(says, connection_id=record.connection_id)
        case _:
            return CallbackError(message)
