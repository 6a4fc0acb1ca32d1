"""The protocol that the transport asks for credentials."""

from typing import Protocol, runtime_checkable

from attrs import frozen

from ..secrets import Secret


@frozen
class Credential:
    """What one request is sent with.

    Attributes:
        token: The API key or access token.
        quota: The name under which the rate limit is kept. Not secret; two sources of the same key
            share it, and two access tokens of one connection may share one too.
    """

    token: Secret
    quota: str


@runtime_checkable
class Auth(Protocol):
    """Give credentials to the transport, and hear when the server refused one.

    One that has an attribute `api_url` (a `yarl.URL`) is refused by clients of any other server.
    """

    async def credential(self) -> Credential:
        """Return a credential that is usable now. Called before every attempt: be quick."""
        ...

    async def rejected(self, credential: Credential) -> bool:
        """Hear that the server answered 401 to this credential.

        Returns:
            True if `credential()` now gives another one that is worth one more try.
        """
        ...
