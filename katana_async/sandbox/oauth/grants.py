"""Grants of companies to apps, and the hashes of their tokens. Does no I/O."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import define, field

from ..callers import Company

Use = Literal["refreshed", "overlapped", "reused", "dead"]


def digest(token: str) -> str:
    """Return the hash of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(kind: str) -> str:
    """Return a new random token that begins with its kind."""
    return f"sandbox-{kind}-{secrets.token_urlsafe(32)}"


@define(eq=False)
class _RefreshToken:
    """A refresh token.

    Attributes:
        parent: The refresh token that was exchanged for this one.
        spent_at: The time of its first use; None if unused.
        successor_used: Whether the token that replaced this one has been used.
    """

    parent: "_RefreshToken | None"
    spent_at: float | None = None
    successor_used: bool = False


@define(eq=False)
class Grant:
    """A grant of a company to an app.

    Attributes:
        id: The grant's id in the audit, the journal and the rate limit.
        scope: The scopes, separated by spaces.
        alive: False after reuse, a revocation or a removal by the customer.
        refreshes: The number of refreshes.
        refresh_tokens: The refresh tokens by hash, including spent ones.
        access_tokens: The expiry times of access tokens, by hash.
    """

    id: str
    client_id: str
    account: Company
    scope: str
    alive: bool = True
    refreshes: int = 0
    refresh_tokens: dict[str, _RefreshToken] = field(
        factory=dict[str, _RefreshToken], repr=False, init=False
    )
    access_tokens: dict[str, float] = field(factory=dict[str, float], repr=False, init=False)

    @property
    def offline(self) -> bool:
        """Whether the grant has refresh tokens."""
        return "offline_access" in self.scope.split()

    def accepts(self, refresh_token: str) -> bool:
        """Return whether a refresh token is valid: it is this grant's and unspent."""
        token = self.refresh_tokens.get(digest(refresh_token))
        return self.alive and token is not None and token.spent_at is None

    def admits(self, access_token: str, now: float) -> bool:
        """Return whether an access token is this grant's and has not expired."""
        return now < self.access_tokens.get(digest(access_token), now)

    def use(self, refresh_token: str, now: float, *, overlap: float, rotates: bool) -> Use:
        """Use a refresh token of this grant, and return the outcome.

        Args:
            refresh_token: The token.
            now: Seconds since the epoch.
            overlap: Seconds for which the previous token may be used again.
            rotates: Whether the use spends the token.
        """
        token = self.refresh_tokens[digest(refresh_token)]
        if token.spent_at is None:
            if not self.alive:
                return "dead"
            if rotates:
                token.spent_at = now
                if token.parent is not None:
                    token.parent.successor_used = True
            self.refreshes += 1
            return "refreshed"
        # Only the token that was spent last can be used again, as with Auth0.
        if self.alive and not token.successor_used and now < token.spent_at + overlap:
            self.refreshes += 1
            return "overlapped"
        return "reused"

    def end(self, *, access: bool) -> None:
        """End the grant.

        Args:
            access: Whether access tokens end too. Auth0's are JWTs, which stay valid after the
                reuse of a refresh token.
        """
        self.alive = False
        if access:
            self.access_tokens.clear()


@define(eq=False)
class Grants(Mapping[str, Grant]):
    """The grants with issued tokens, by id, oldest first."""

    _grants: dict[str, Grant] = field(factory=dict[str, Grant], init=False)
    _by_token: dict[str, Grant] = field(factory=dict[str, Grant], repr=False, init=False)
    _made: int = field(default=0, init=False)

    def __getitem__(self, id: str) -> Grant:
        return self._grants[id]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._grants))

    def __len__(self) -> int:
        return len(self._grants)

    def of_token(self, token: str) -> Grant | None:
        """Return the grant of an access or refresh token, valid or not."""
        return self._by_token.get(digest(token))

    def of_refresh(self, token: str) -> Grant | None:
        """Return the grant of a refresh token, valid or not."""
        grant = self.of_token(token)
        return grant if grant and digest(token) in grant.refresh_tokens else None

    def make(self, client_id: str, account: Company, scope: str) -> Grant:
        """Return a new grant, which is listed once `issue` has issued tokens for it."""
        self._made += 1
        return Grant(f"grant-{self._made}", client_id, account, scope)

    def issue(
        self, grant: Grant, expires_at: float, *, parent: str | None, refresh: bool
    ) -> tuple[str, str | None]:
        """Return a new access token and, with `refresh`, a new refresh token."""
        self._grants[grant.id] = grant
        access_token = make_token("at")
        grant.access_tokens[digest(access_token)] = expires_at
        self._by_token[digest(access_token)] = grant
        if not refresh:
            return access_token, None
        refresh_token = make_token("rt")
        before = None if parent is None else grant.refresh_tokens[digest(parent)]
        grant.refresh_tokens[digest(refresh_token)] = _RefreshToken(before)
        self._by_token[digest(refresh_token)] = grant
        return access_token, refresh_token
