"""Taking over tokens that another system holds: stored first, then used like any others."""

from attrs import evolve

from ...errors import AlreadyConnected, NotConnected
from ..records import ConnectionRecord, name_of, new_name
from ..sealing.sealed_rows import Vault
from ..server.forms import Tokens
from ..tokens.token_session import Keeper
from .connections import Connection, connection_of
from .identity import Identity


async def adopt(
    connection_id: str, tokens: Tokens, scopes: tuple[str, ...], keeper: Keeper, identity: Identity
) -> Connection:
    """Store tokens, have them refreshed if they are not usable, and read whose they are.

    Raises:
        AlreadyConnected: There is a connection of this id, with other tokens.
        OAuthError: They are stored, and cannot be refreshed now; or they are not stored.
    """
    vault = keeper.refresher.vault
    await _store(connection_id, tokens, scopes, vault)
    keeper.forget(connection_id)
    await keeper.credential(connection_id)
    account = await identity.of_stored(connection_id, keeper)
    while (opened := await vault.connection(connection_id)) is not None:
        record, version = opened.record, opened.version + 1
        if account is not None:
            record = evolve(record, account=account.completed_by(record.account))
        if await vault.save_connection(connection_id, version, record):
            return connection_of(connection_id, record)
    raise NotConnected("it was disconnected meanwhile", connection_id=connection_id)


async def _store(connection_id: str, tokens: Tokens, scopes: tuple[str, ...], vault: Vault) -> None:
    while True:
        version, before = await vault.latest(connection_id)
        if before is not None:
            if tokens.refresh and before.record.refresh_name == name_of(tokens.refresh):
                return  # a run before this one got as far as that
            raise AlreadyConnected(
                "it exists, and its tokens may be newer than those: disconnect it first, or choose"
                " another id",
                connection_id=connection_id,
            )
        now = await vault.now()
        record = ConnectionRecord(
            birth=new_name(),
            access=tokens.access,
            refresh=tokens.refresh,
            # Of unknown age: not so young that a refusal would not have it refreshed.
            issued_at=0.0 if tokens.life is None else now,
            life=tokens.life,
            scopes=scopes,
            account=None,
            connected_at=now,
        )
        if await vault.save_connection(connection_id, version + 1, record):
            return
