"""The authentication that a connection gives to a client."""

from attrs import field, frozen
from yarl import URL

from ...auth import Credential
from .token_session import Keeper


@frozen
class ConnectionAuth:
    """Authenticate as a connected account: `katana.with_auth(app.auth(connection.id))`.

    Tokens are refreshed ahead of their end, once for all tasks and processes. Cheap to make.

    Attributes:
        connection_id: Whose.
        api_url: Where its tokens may be sent.
    """

    connection_id: str
    api_url: URL
    _keeper: Keeper = field(repr=False)

    async def credential(self) -> Credential:
        """Return a usable access token.

        Raises:
            ReauthorizationRequired: A person has to connect the account again.
            NotConnected: There is no such connection.
            TokenRequestFailed: It had to be refreshed, and that failed.
            TokenStoreError: The store cannot be read.
            UnsealError: The row does not open.
        """
        return await self._keeper.credential(self.connection_id)

    async def rejected(self, credential: Credential) -> bool:
        """Refresh a token that the API refused. Raises as above."""
        return await self._keeper.rejected(self.connection_id, credential)
