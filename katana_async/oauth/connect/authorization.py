"""The authorization code flow: from the redirect of the browser to its callback.

An authorization is a row under its state's fingerprint, whose stages are written with compare-and-
set. So of several callbacks with one state, in any number of processes, one exchanges the code, and
the others return its outcome.
"""

import logging
import math
import uuid

from attrs import asdict, define, evolve, fields_dict

from ... import errors
from ...http.retry import backoff
from ...secrets import Secret
from ..records import (
    Account,
    ConnectionRecord,
    PendingRecord,
    Stage,
    Status,
    fingerprint_of,
    make_id,
)
from ..sealing.sealed_rows import StoredRecord
from ..server import forms
from ..server.answers import OnlyRefreshToken, Tokens
from ..server.traffic import is_busy
from ..settings import CALLBACK_REPEAT_SECONDS, AuthorizationServer
from ..tokens.refresher import AppContext
from .connections import Completed, make_connection
from .identity import AccountReader

log = logging.getLogger("katana_async")

_EXPIRED_STATE_KEPT = 3600.0  # seconds for which an expired state differs from an unknown one
_LONGEST_RETURN_TO = 8_192  # bytes: a row's size is limited
_PAUSE = 0.1  # seconds between two reads while another process exchanges the code
_SAVE_ATTEMPTS = 4


@define(eq=False)
class Authorizer:
    """The authorizations of an app (RFC 6749, section 4.1)."""

    context: AppContext
    server: AuthorizationServer
    accounts: AccountReader

    async def begin(
        self, session: Secret, connection_id: str | None, return_to: str | None, any_account: bool
    ) -> str:
        if return_to is not None and len(return_to.encode()) > _LONGEST_RETURN_TO:
            raise ValueError(f"return_to has more than {_LONGEST_RETURN_TO} bytes")
        client, rows = self.context.client, self.context.sealed_rows
        state, verifier = forms.make_secret(), forms.make_secret()
        if connection_id is not None:
            # `complete` does not replace a row that does not open, so raise its error now.
            await rows.read_connection(connection_id)
        record = PendingRecord(
            stage=Stage.PENDING,
            session=fingerprint_of(session),
            verifier=verifier,
            connection_id=connection_id,
            return_to=return_to,
            any_account=any_account,
            began_at=await rows.now(),
        )
        ttl = self.context.timing.state_life + _EXPIRED_STATE_KEPT
        await rows.save_pending(fingerprint_of(state), 1, record, ttl)
        return forms.make_authorization_url(self.server.authorize_url, client, state, verifier)

    async def complete(self, callback: forms.AuthorizationCallback, session: Secret) -> Completed:
        state = fingerprint_of(callback.state)
        while True:
            opened = await self.context.sealed_rows.read_pending(state)
            if opened is None:
                raise errors.StateUnknown("the state is unknown or was used already. Begin again")
            record = opened.record
            if record.session != fingerprint_of(session):
                raise errors.OtherBrowser(
                    "the callback came to another browser, or another user of it, than the one that"
                    " began. Begin again, and finish in the same browser"
                )
            if callback.issuer is not None and not self.server.is_issuer(callback.issuer):
                raise errors.OtherIssuer("the callback names another server. Begin again")
            try:
                completed = await self._try_to_complete(state, opened, callback)
            except errors.OAuthError as error:
                error.return_to = record.return_to
                raise
            if completed is not None:
                return completed
            await self.context.clock.sleep(_PAUSE)

    async def _try_to_complete(
        self, state: str, opened: StoredRecord[PendingRecord], callback: forms.AuthorizationCallback
    ) -> Completed | None:
        """Return the outcome of a callback; None while another process works on it."""
        record = opened.record
        if record.stage is Stage.PENDING:
            # In a background task: once the row is claimed and the code is used, the outcome must
            # be stored even if the browser has disconnected.
            name = record.connection_id or "without an id yet"
            failure = f"connection {name}: its callback failed after the browser left"
            work = self._claim(state, opened, callback)
            return await self.context.tasks.run(work, "katana-oauth-code", failure)
        if record.code != _fingerprint(callback):
            raise errors.StateUnknown("the state was used already, with another code. Begin again")
        if record.stage is Stage.DONE:
            connection_id = record.outcome or ""
            found = await self.context.sealed_rows.read_connection(connection_id)
            connected = None if found is None else found.record
            return self._make_completed(connection_id, connected, record)
        if record.stage is Stage.FAILED:
            raise _recreate_error(record)
        if opened.now - (record.claimed_at or 0.0) > 3 * self.context.timing.timeout + 10:
            problem = "another process took this callback and did not finish. Begin again"
            raise errors.TokenRequestFailed(problem, outcome_unknown=True)
        return None

    async def _claim(
        self, state: str, opened: StoredRecord[PendingRecord], callback: forms.AuthorizationCallback
    ) -> Completed | None:
        """Complete an authorization; return None if another process has claimed it first."""
        record, version, rows = opened.record, opened.version + 1, self.context.sealed_rows
        state_life = self.context.timing.state_life
        if opened.now - record.began_at > state_life:
            raise errors.StateExpired(f"the callback came later than {state_life:g} s. Begin again")
        claimed = evolve(
            record,
            stage=Stage.EXCHANGING,
            code=_fingerprint(callback),
            claimed_at=opened.now,
            verifier=None,
        )
        if not await rows.save_pending(state, version, claimed, _EXPIRED_STATE_KEPT):
            return None
        try:
            if callback.code is None:
                raise callback.error or errors.CallbackError("the callback has no code")
            tokens, requested_at = await self._request_tokens(callback.code, record.verifier)
            completed = await self._write(claimed, tokens, requested_at)
        except errors.KatanaError as error:
            kind, text, code = type(error).__name__, error.message, getattr(error, "error", None)
            failed = evolve(claimed, stage=Stage.FAILED, outcome=kind, message=text, error=code)
            await self._save_outcome(state, version + 1, failed)
            raise
        previous = completed.previous_account
        done = evolve(claimed, stage=Stage.DONE, outcome=completed.id, previous_account=previous)
        await self._save_outcome(state, version + 1, done)
        return completed

    async def _save_outcome(self, state: str, version: int, record: PendingRecord) -> None:
        try:
            await self.context.sealed_rows.save_pending(
                state, version, record, CALLBACK_REPEAT_SECONDS
            )
        except errors.KatanaError as error:
            log.warning("a repeated callback will not be recognised: %s", error)

    async def _request_tokens(self, code: Secret, verifier: Secret | None) -> tuple[Tokens, float]:
        """Return the tokens for a code, and when they were requested."""
        # The code is sent again until `timeout` is over, but only while it certainly was not used:
        # there was no connection, or the endpoint asked to retry later.
        clock, endpoint = self.context.clock, self.context.endpoint
        until = clock.now() + self.context.timing.timeout
        attempt, wait = 1, endpoint.traffic.remaining_pause()
        while True:
            if 0 < wait < until - clock.now():
                await clock.sleep(wait)
            requested_at = clock.now()
            form = forms.make_code_form(self.context.client, code, verifier)
            outcome = await endpoint.request_tokens(form)
            if isinstance(outcome, Tokens):
                return outcome, requested_at
            error = outcome.error if isinstance(outcome, OnlyRefreshToken) else outcome
            wait = max(backoff(attempt), endpoint.traffic.remaining_pause())
            is_unused = isinstance(error, errors.TokenRequestFailed) and (
                (error.status is None and not error.outcome_unknown)
                or error.error == "temporarily_unavailable"
                or is_busy(error)
            )
            if not is_unused or clock.now() + wait >= until:
                raise error
            attempt += 1

    async def _write(
        self, pending: PendingRecord, tokens: Tokens, requested_at: float
    ) -> Completed:
        """Write a connection, again while the store fails or another process writes."""
        rows, clock = self.context.sealed_rows, self.context.clock
        scopes = self.context.client.scopes
        connection_id = pending.connection_id or str(uuid.uuid4())
        if tokens.refresh is None and forms.OFFLINE_ACCESS in scopes:
            log.warning("connection %s: the server gave no refresh token", connection_id)
        account = await self.accounts.read(connection_id, tokens.access)
        problem: errors.KatanaError = errors.TokenStoreError("other processes kept writing the row")
        # Identifies the records that attempts tried to write, by the connection's birth and time
        # of authorization, which refreshes keep.
        tried: set[int | tuple[str, float]] = set()
        is_unsure, found_before = False, None
        for attempt in range(1, _SAVE_ATTEMPTS + 1):
            try:
                local = clock.now()
                version, before = await rows.read_latest(connection_id)
                now = await rows.now() if before is None else before.now
                old = None if before is None else before.record
                found = version if old is None else (old.birth, old.connected_at)
                if found in tried or (is_unsure and found != found_before):
                    # An attempt has written the row, although the store did not confirm it. Or it
                    # may have, and a disconnect or another connect, which must stay, replaced it.
                    return self._make_completed(connection_id, old, pending)
                if old is not None and found != found_before:
                    account, previous = await self._compare_accounts(
                        connection_id, old, account, tokens.access, any_account=pending.any_account
                    )
                    pending = evolve(pending, previous_account=previous)
                found_before = found
                # Always later than before, even if the clock was set back: it identifies the
                # authorization.
                earliest = now if old is None else math.nextafter(old.connected_at, math.inf)
                record = ConnectionRecord(
                    birth=make_id() if old is None else old.birth,
                    access=tokens.access,
                    refresh=tokens.refresh,
                    issued_at=now - (local - requested_at),
                    life=tokens.life,
                    scopes=scopes if tokens.scopes is None else tokens.scopes,
                    account=account.known,
                    connected_at=max(now, earliest),
                )
                tried.add((record.birth, record.connected_at))
                if await rows.save_connection(connection_id, version + 1, record):
                    return self._make_completed(connection_id, record, pending)
            except (errors.TokenStoreError, errors.KeyUnavailable) as error:
                problem = error.with_traceback(None)
                is_unsure = bool(tried)
                await clock.sleep(backoff(attempt))
        raise problem

    async def _compare_accounts(
        self,
        connection_id: str,
        old: ConnectionRecord,
        account: Account,
        token: Secret,
        *,
        any_account: bool,
    ) -> tuple[Account, Account | None]:
        """Return the account of the new tokens, and the previous account if it is another one."""
        # Accounts that could not be read earlier are read again, if they must be the same: the row
        # may be from a time when Katana failed, or returned no `factory_id`.
        known = old.account or Account()
        if not any_account:
            if known.factory_id is None and old.standing is Status.CONNECTED:
                known = (await self.accounts.read(connection_id)).completed_by(known)
            if account.factory_id is None or account.user_id is None:
                account = (await self.accounts.read(connection_id, token)).completed_by(account)
        is_same = known.is_same_as(account)  # an unknown account is the same as any
        if is_same or any_account:
            return account, None if is_same else known
        if is_same is None:
            raise errors.AccountUnknown(
                f"it was for {known.name!r}, and Katana did not show whose account was chosen now."
                " Nothing was changed: let the person try again in a few minutes",
                connection_id=connection_id,
            )
        raise errors.OtherAccount(
            f"it was for {known.name!r}, and {account.name!r} was chosen now. Connect the same"
            " account, or make another connection",
            connection_id=connection_id,
        )

    def _make_completed(
        self, connection_id: str, record: ConnectionRecord | None, pending: PendingRecord
    ) -> Completed:
        # Drop the tokens from before. Another process may have written the connection.
        self.accounts.sessions.get(connection_id).drop_tokens()
        if record is None:
            raise errors.NotConnected("it was disconnected since", connection_id=connection_id)
        return Completed(
            **asdict(make_connection(connection_id, record), recurse=False),
            return_to=pending.return_to,
            repeated=pending.stage is Stage.DONE,
            previous_account=pending.previous_account,
        )


def _fingerprint(callback: forms.AuthorizationCallback) -> str | None:
    return None if callback.code is None else fingerprint_of(callback.code)


def _recreate_error(record: PendingRecord) -> errors.KatanaError:
    kind = getattr(errors, record.outcome or "", errors.CallbackError)
    values = {"error": record.error, "connection_id": record.connection_id, "key_name": None}
    given = {name: values[name] for name in values.keys() & fields_dict(kind).keys()}
    return kind(record.message or "", **given)
