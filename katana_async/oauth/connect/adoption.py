"""Adopt tokens that another system holds: they are stored first, then used like any others."""

from attrs import evolve

from ...errors import AlreadyConnected
from ...kinds import kind_of
from ...secrets import Secret
from ..records import ConnectionRecord, make_id
from ..server.answers import Tokens
from ..tokens.refresher import AppContext
from .connections import Connection, make_connection
from .identity import AccountReader


def parse_tokens_to_adopt(refresh: object, access: object, life: object) -> Tokens | Exception:
    """Check tokens from another system; return the error to raise: this frame has tokens."""
    secrets: list[Secret] = []
    # Without an access token: an expired one, so that the refresh token is used.
    given = {"refresh_token": refresh, "access_token": "expired" if access is None else access}
    for name, value in given.items():
        text = value.reveal() if isinstance(value, Secret) else value
        if not isinstance(text, str):
            return TypeError(f"{name} is text, not {kind_of(value)}")
        if not (text.isascii() and text.isprintable() and text.strip() == text != ""):
            return ValueError(f"{name} is empty, or has a character that no token has")
        secrets.append(Secret(text))
    if not isinstance(life, int | float | None):
        return TypeError(f"expires_in is a number of seconds, not {kind_of(life)}")
    if life is not None and (access is None or not 0 <= life < 10**9):
        return ValueError("expires_in is the seconds for which access_token still lives, from 0 on")
    return Tokens(secrets[1], secrets[0], 0.0 if access is None else life, None)


async def adopt(connection_id: str, tokens: Tokens, accounts: AccountReader) -> Connection:
    """Store tokens, refresh them if they are not usable, and read their account."""
    context, session = accounts.sessions.context, accounts.sessions.get(connection_id)
    await _store(connection_id, tokens, context)
    session.forget()
    await session.get_credential()
    account = await accounts.read(connection_id)
    while True:
        opened = await context.read_connection(connection_id)
        account, version = account.completed_by(opened.record.account), opened.version + 1
        record = evolve(opened.record, account=account.known)
        if await context.sealed_rows.save_connection(connection_id, version, record):
            return make_connection(connection_id, record)


async def _store(connection_id: str, tokens: Tokens, context: AppContext) -> None:
    while True:
        version, before = await context.sealed_rows.read_latest(connection_id)
        if before is not None:
            if before.record.refresh == tokens.refresh:
                return  # an earlier run has stored them
            raise AlreadyConnected(
                "its tokens may be newer than those. Disconnect it first, or choose another id",
                connection_id=connection_id,
            )
        now = await context.sealed_rows.now()
        record = ConnectionRecord(
            birth=make_id(),
            access=tokens.access,
            refresh=tokens.refresh,
            # Of unknown age: old enough to be refreshed if the API rejects it.
            issued_at=0.0 if tokens.life is None else now,
            life=tokens.life,
            scopes=context.client.scopes,
            account=None,
            connected_at=now,
        )
        if await context.sealed_rows.save_connection(connection_id, version + 1, record):
            return
