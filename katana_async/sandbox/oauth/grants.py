"""What companies granted to apps, and the tokens that stand for it, of which only hashes are kept.

A grant is a chain: each refresh token was got with the one before it. Knows nothing of HTTP, and is
told what time it is.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import define, field

from ..callers import Company

Use = Literal["refreshed", "overlapped", "reused", "dead"]


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(kind: str) -> str:
    """Return a new random token whose beginning tells what it is, for whoever finds one."""
    return f"sandbox-{kind}-{secrets.token_urlsafe(32)}"


@define(eq=False)
class _RefreshToken:
    """A refresh token.

    Attributes:
        parent: The one it was got with.
        spent_at: When it was first used.
        outlived: Whether one that was got with it has been used.
    """

    parent: "_RefreshToken | None"
    spent_at: float | None = None
    outlived: bool = False


@define(eq=False)
class Grant:
    """What a company granted to an app.

    Attributes:
        id: Its name in the audit and the journal; the API's rate limit is kept by it.
        account: The company.
        scope: What was granted, separated by spaces.
        alive: Whether neither reuse, nor the app, nor the customer ended it.
        refreshes: How often it was refreshed.
    """

    id: str
    client_id: str
    account: Company
    scope: str
    alive: bool = True
    refreshes: int = 0
    _refresh_tokens: dict[str, _RefreshToken] = field(
        factory=dict[str, _RefreshToken], repr=False, init=False
    )
    _access_tokens: dict[str, float] = field(factory=dict[str, float], repr=False, init=False)

    @property
    def offline(self) -> bool:
        """Whether it comes with refresh tokens."""
        return "offline_access" in self.scope.split()

    def accepts(self, refresh_token: str) -> bool:
        """Tell whether a refresh token is good: of this grant, not spent, and the grant alive."""
        token = self._refresh_tokens.get(digest(refresh_token))
        return self.alive and token is not None and token.spent_at is None

    def lets_in(self, access_token: str, now: float) -> bool:
        """Tell whether an access token of this grant is accepted by the API."""
        return now < self._access_tokens.get(digest(access_token), now)

    def use(self, refresh_token: str, now: float, *, overlap: float, rotates: bool) -> Use:
        """Use a refresh token of this grant, and say what came of it.

        Args:
            refresh_token: The token.
            now: Seconds since the epoch.
            overlap: Seconds for which the previous token may be used again.
            rotates: Whether using it spends it.
        """
        token = self._refresh_tokens[digest(refresh_token)]
        if token.spent_at is None:
            if not self.alive:
                return "dead"
            if rotates:
                token.spent_at = now
                if token.parent is not None:
                    token.parent.outlived = True
            self.refreshes += 1
            return "refreshed"
        # Auth0: only the most recently superseded token can be used again, not the one before it.
        if self.alive and not token.outlived and now < token.spent_at + overlap:
            self.refreshes += 1
            return "overlapped"
        return "reused"

    def end(self, *, access: bool) -> None:
        """End it.

        Args:
            access: Whether access tokens end too. Those of Auth0 are JWTs, which outlive a chain
                that reuse has killed.
        """
        self.alive = False
        if access:
            self._access_tokens.clear()

    def expire(self) -> None:
        """Let its access tokens be expired. The refresh token stays as it is."""
        self._access_tokens.clear()

    def drop(self, access_token: str) -> bool:
        """Let one access token be invalid; True if it was not so already."""
        return self._access_tokens.pop(digest(access_token), None) is not None

    def issue_access(self, expires_at: float) -> str:
        """Return a new access token."""
        token = make_token("at")
        self._access_tokens[digest(token)] = expires_at
        return token

    def issue_refresh(self, parent: str | None = None) -> str:
        """Return a new refresh token, got with its parent if there is one."""
        token = make_token("rt")
        before = None if parent is None else self._refresh_tokens[digest(parent)]
        self._refresh_tokens[digest(token)] = _RefreshToken(before)
        return token


@define(eq=False)
class Grants(Mapping[str, Grant]):
    """The grants for which tokens were issued, by id, oldest first."""

    _grants: dict[str, Grant] = field(factory=dict[str, Grant], init=False)
    _by_refresh: dict[str, Grant] = field(factory=dict[str, Grant], repr=False, init=False)
    _by_access: dict[str, Grant] = field(factory=dict[str, Grant], repr=False, init=False)
    _made: int = field(default=0, init=False)

    def __getitem__(self, id: str) -> Grant:
        return self._grants[id]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._grants))

    def __len__(self) -> int:
        return len(self._grants)

    def of_refresh(self, token: str) -> Grant | None:
        """Return the grant that a refresh token belongs to, good or not."""
        return self._by_refresh.get(digest(token))

    def of_access(self, token: str) -> Grant | None:
        """Return the grant that an access token belongs to, good or not."""
        return self._by_access.get(digest(token))

    def make(self, client_id: str, account: Company, scope: str) -> Grant:
        """Return a grant that is not listed until `issue` gives out tokens for it."""
        self._made += 1
        return Grant(f"grant-{self._made}", client_id, account, scope)

    def issue(
        self, grant: Grant, expires_at: float, *, parent: str | None, refresh: bool
    ) -> tuple[str, str | None]:
        """Return a new access token and, if wanted, a new refresh token."""
        self._grants[grant.id] = grant
        access_token = grant.issue_access(expires_at)
        self._by_access[digest(access_token)] = grant
        if not refresh:
            return access_token, None
        refresh_token = grant.issue_refresh(parent)
        self._by_refresh[digest(refresh_token)] = grant
        return access_token, refresh_token
