"""The protocol of authentication, which the transport uses."""

from typing import Protocol, runtime_checkable

from attrs import frozen

from ..secrets import Secret


@frozen
class Credential:
    """The credential of one request.

    Attributes:
        token: The API key or access token.
        quota: The name of the rate limit that the request counts towards. It is not secret. Sources
            of the same key share it; access tokens of one connection may share one too.
    """

    token: Secret
    quota: str


@runtime_checkable
class Auth(Protocol):
    """A source of credentials for the requests of a client.

    If it has an attribute `api_url` (a `yarl.URL`), clients of other servers refuse it.
    """

    async def credential(self) -> Credential:
        """Return a valid credential. It is called before every attempt, so it must be fast."""
        ...

    async def rejected(self, credential: Credential) -> bool:
        """Handle a 401 for this credential.

        Returns:
            True if `credential()` now returns another one, so that the request is sent once more.
        """
        ...
