"""Who calls the API: the holder of a key, or an app that a company connected."""

import hashlib
from collections.abc import Callable

from attrs import Factory, field, frozen

from .wire import Request


def key_id(key: str) -> str:
    """Return a name for a key from which the key cannot be told."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def bearer(request: Request) -> str | None:
    """Return the key or token a request carries."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


@frozen
class Company:
    """A company with an account at Katana, and its person who connects apps.

    Attributes:
        id: The person's id, as /user_info tells it.
        name: What the company is called; the factory's display name.
        email: The person's address.
        legal_name: The company's full name.
        factory_id: The account's id, as /factory tells it.
    """

    id: int
    name: str
    email: str
    legal_name: str
    factory_id: int = Factory(lambda self: 40_000 + self.id, takes_self=True)


@frozen
class Caller:
    """Who sent a request.

    Attributes:
        id: The name that the rate limit and the journal know it by; never the key itself.
        valid: Whether the API lets it in.
        company: The company that connected an app; None where an API key says who it is.
    """

    id: str
    valid: bool
    company: Company | None = None


@frozen
class Callers:
    """Tells who sent a request.

    Attributes:
        keys: The ids (see `key_id`) of the valid API keys.
    """

    _by_token: Callable[[str], Caller | None]
    keys: set[str] = field(factory=set[str])

    def of(self, request: Request) -> Caller | None:
        """Return who sent a request; None where it carries neither key nor token."""
        given = bearer(request)
        return None if given is None else self.holding(given)

    def holding(self, given: str) -> Caller:
        """Return who has this key or access token, valid or not."""
        known = self._by_token(given)
        return known or Caller(key_id(given), key_id(given) in self.keys)
