"""The callers of the API: API keys, and apps that a company connected."""

import hashlib
from collections.abc import Callable

from attrs import Factory, field, frozen

from .wire import HttpRequest


def key_id(key: str) -> str:
    """Return a hash that identifies a key without revealing it."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def read_bearer(request: HttpRequest) -> str | None:
    """Return the key or token of a request; None without one."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


@frozen
class Company:
    """A company with a Katana account, and the user that connects apps for it.

    Attributes:
        id: The user's id in /user_info.
        name: The factory's display name.
        email: The user's address.
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
        id: The caller's id in the rate limit and the journal; never the key itself.
        valid: Whether the API accepts the key or token.
        company: The company that connected the app; None for an API key.
    """

    id: str
    valid: bool
    company: Company | None = None


@frozen
class Callers:
    """The valid keys and tokens.

    Attributes:
        keys: The ids (see `key_id`) of the valid API keys.
    """

    _by_token: Callable[[str], Caller | None]
    keys: set[str] = field(factory=set[str])

    def find_caller(self, request: HttpRequest) -> Caller | None:
        """Return the caller of a request, valid or not; None without a key or token."""
        key = read_bearer(request)
        return None if key is None else self.find_by_key(key)

    def find_by_key(self, key: str) -> Caller:
        """Return the caller with a key or access token, valid or not."""
        known = self._by_token(key)
        return known or Caller(key_id(key), key_id(key) in self.keys)
