"""The callers of the API: holders of a key, and apps that a company connected."""

import hashlib
from collections.abc import Callable

from attrs import Factory, field, frozen

from .wire import Request


def key_id(key: str) -> str:
    """Return a name for a key that does not reveal the key."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def bearer(request: Request) -> str | None:
    """Return the key or token a request carries."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


@frozen
class Company:
    """A company with an account at Katana, and its user who connects apps.

    Attributes:
        id: The user's id in /user_info.
        name: The factory's display name.
        email: The user's address.
        legal_name: The factory's legal name.
        factory_id: The account's id in /factory.
    """

    id: int
    name: str
    email: str
    legal_name: str
    factory_id: int = Factory(lambda self: 40_000 + self.id, takes_self=True)


@frozen
class Caller:
    """The sender of a request.

    Attributes:
        id: Its name in the rate limit and the journal; never the key itself.
        valid: Whether the API accepts it.
        company: The company that connected an app; None for an API key.
    """

    id: str
    valid: bool
    company: Company | None = None


@frozen
class Callers:
    """Finds the caller of a request.

    Attributes:
        keys: The ids (see `key_id`) of the valid API keys.
    """

    _by_token: Callable[[str], Caller | None]
    keys: set[str] = field(factory=set[str])

    def of(self, request: Request) -> Caller | None:
        """Return the caller of a request; None without a key or token."""
        given = bearer(request)
        return None if given is None else self.holding(given)

    def holding(self, given: str) -> Caller:
        """Return the holder of a key or access token, valid or not."""
        known = self._by_token(given)
        return known or Caller(key_id(given), key_id(given) in self.keys)
