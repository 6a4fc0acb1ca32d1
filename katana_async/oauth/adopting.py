"""Taking over tokens that another system holds: stored first, then used like any others."""

from attrs import define, evolve

from ..errors import AlreadyConnected, NotConnected
from .connections import Connection, connection_of
from .identity import Identity
from .keeper import Keeper
from .protocol import Registration, Tokens
from .records import ConnectionRecord, Standing, name_of, new_name
from .vault import Vault


@define(eq=False)
class Adopting:
    """Make connections of existing tokens.

    Attributes:
        app: Whose tokens they are.
        vault: The rows.
        keeper: Refreshes them.
        identity: Reads whose account they are for.
    """

    app: Registration
    vault: Vault
    keeper: Keeper
    identity: Identity

    async def adopt(self, connection_id: str, tokens: Tokens) -> Connection:
        """Store tokens, have them refreshed if they are not usable, and read whose they are.

        Raises:
            AlreadyConnected: There is a connection of this id, with other tokens.
            OAuthError: They are stored, and cannot be refreshed now; or they are not stored.
        """
        await self._store(connection_id, tokens)
        self.keeper.forget(connection_id)
        await self.keeper.credential(connection_id)
        account = await self.identity.of_stored(connection_id, self.keeper)
        while (opened := await self.vault.connection(connection_id)) is not None:
            record = opened.record
            if account is not None:
                record = evolve(record, account=account.completed_by(record.account))
            version = opened.version + 1
            if record == opened.record or await self.vault.save_connection(
                connection_id, version, record
            ):
                return connection_of(connection_id, record)
        raise NotConnected("it was disconnected meanwhile", connection_id=connection_id)

    async def _store(self, connection_id: str, tokens: Tokens) -> None:
        while True:
            version, before = await self.vault.latest(connection_id)
            if before is not None:
                if tokens.refresh and before.record.refresh_name == name_of(tokens.refresh):
                    return  # a run before this one got as far as that
                raise AlreadyConnected(
                    "it exists, and its tokens may be newer than those: disconnect it first, or"
                    " choose another id",
                    connection_id=connection_id,
                )
            now = await self.vault.now()
            record = ConnectionRecord(
                birth=new_name(),
                standing=Standing.CONNECTED,
                reason=None,
                access=tokens.access,
                refresh=tokens.refresh,
                # Of unknown age: not so young that a refusal would not have it refreshed.
                issued_at=0.0 if tokens.life is None else now,
                life=tokens.life,
                scopes=self.app.scopes,
                account=None,
                connected_at=now,
                refreshed_at=None,
                intent=None,
            )
            if await self.vault.save_connection(connection_id, version + 1, record):
                return
