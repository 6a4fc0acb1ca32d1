"""Settings of an `OAuthApp`, and the limits that depend on each other, in seconds or numbers."""

from attrs import field, fields, frozen
from attrs.validators import gt
from yarl import URL

from ..errors import ConfigurationError
from ..http.session import BASE_URL, check_base_url

# A token request may take longer than `timeout` by this share of it: for the time from the decision
# to send until the form is sent, and for one last look at the socket after the timeout.
GRACE = 0.25
# The part of `GRACE` that is reserved for the last look at the socket.
LAST_LOOK = 0.05
# The longest `RefreshTiming.last_call`. A store operation may take 5 s (`sealed_rows`): a write
# that hangs when the store comes back, a pause of `save_interval`, and another write fit into it.
LONGEST_LAST_CALL = 8.0
# Far fewer than aiohttp's pool has connections (100), so that none waits there during its lease.
REFRESHES_AT_ONCE = 20
# Reads of rows before refreshes. Fewer than refreshes, because thousands of reads would keep a slow
# store from serving refreshes.
ROW_READS_AT_ONCE = 10
# The longest pause of the token endpoint that callers wait for. With a longer one, they fail.
LONGEST_PAUSE = 60.0
# Callers fail once the endpoint has answered with nothing but requests to pause for that long.
LONGEST_PAUSES_IN_A_ROW = 300.0
# The longest `Retry-After` that is honoured. A server may ask for a day. During such a pause, this
# process would not notice that a person has connected the account again.
LONGEST_COOL_DOWN = 300.0
# A repeated callback from the same browser gets the same answer for that long.
CALLBACK_REPEAT_SECONDS = 300.0


@frozen(kw_only=True)
class AuthorizationServer:
    """The addresses of an authorization server and of its API. The defaults are Katana's.

    Attributes:
        authorize_url: The page that browsers are sent to.
        revoke_url: The revocation endpoint, for `disconnect(revoke=True)`; None for a server
            without revocation.
        token_url: The token endpoint.
        issuer: The server's identifier in callbacks (RFC 9207), if it sends one. None accepts the
            origin of `authorize_url`, and any path above it.
        audience: The API that tokens are for; None leaves the parameter out.
        api_url: The address of the API. The account of new tokens is read there.

    Raises:
        ConfigurationError: An address is not https (http is accepted on loopback addresses), or has
            a user, a query or a fragment.
    """

    authorize_url: str = "https://login.katanamrp.com/authorize"
    token_url: str = "https://login.katanamrp.com/oauth/token"  # noqa: S105 - an address
    revoke_url: str | None = "https://login.katanamrp.com/oauth/revoke"
    issuer: str | None = None
    audience: str | None = "https://api.katanamrp.com"
    api_url: str = BASE_URL

    def __attrs_post_init__(self) -> None:
        for name in ("authorize_url", "token_url", "revoke_url"):
            address: str | None = getattr(self, name)
            if address is not None:
                default: str = getattr(fields(AuthorizationServer), name).default
                check_base_url(address, name, like=default)
        check_base_url(self.api_url, "api_url")
        if self.audience == "":
            raise ConfigurationError("audience is empty; None leaves it out")

    def is_issuer(self, issuer: str) -> bool:
        """Return whether a callback's issuer is this server (RFC 9207, section 2.4).

        If the attribute `issuer` is None, it is the origin of `authorize_url` or a path above it.
        """
        if self.issuer is not None:
            return issuer == self.issuer
        ours, theirs = f"{self.authorize_url.rstrip('/')}/", f"{issuer.rstrip('/')}/"
        return ours.startswith(theirs) and theirs.startswith(f"{URL(self.authorize_url).origin()}/")


@frozen(kw_only=True)
class RefreshTiming:
    """The timing of refreshes and authorizations, in seconds.

    `timeout * 1.25 < lease < patience` must hold: a lease covers one answer of the token endpoint,
    and `patience` covers a process that is stopped for longer than its lease.

    Attributes:
        leeway: An access token is refreshed that long before it expires, at most a quarter of its
            lifetime.
        patience: How long a process leaves a refresh token alone after another process announced
            its use and the row shows no outcome; in any case while the access token is valid.
            Choose more than the longest pause of a process (such as of a suspended
            container) and the largest jump of the store's clock. If the server accepts the previous
            refresh token again for a while (Auth0's rotation overlap period), choose less than
            that period.
        lease: How long a process has a connection to itself while it refreshes.
        timeout: The longest time for one answer of the token endpoint.
        recheck: The time after which a connection's row is read again while its access token is
            valid, so that a disconnect by another process is noticed.
        state_life: The time within which the callback of an authorization must arrive.

    Raises:
        ValueError: A time is not positive, or the relation above does not hold.
    """

    leeway: float = field(default=300.0, validator=gt(0))
    patience: float = field(default=90.0, validator=gt(0))
    lease: float = field(default=30.0, validator=gt(0))
    timeout: float = field(default=15.0, validator=gt(0))
    recheck: float = field(default=60.0, validator=gt(0))
    state_life: float = field(default=600.0, validator=gt(0))

    def __attrs_post_init__(self) -> None:
        if not self.longest_answer < self.lease < self.patience:
            raise ValueError(
                "timeout * 1.25 < lease < patience must hold, not"
                f" timeout={self.timeout:g}, lease={self.lease:g}, patience={self.patience:g}"
            )

    @property
    def longest_answer(self) -> float:
        """The longest that one answer of the token endpoint can take."""
        return self.timeout * (1 + GRACE)

    @property
    def last_call(self) -> float:
        """How long a process waits before it uses a refresh token whose use another announced.

        The other process may have fresh tokens that the store has not accepted yet.
        """
        return min(LONGEST_LAST_CALL, (self.lease - self.longest_answer) * 2 / 3)

    @property
    def save_interval(self) -> float:
        """The time between two attempts to store fresh tokens: several fit into `last_call`."""
        return min(1.0, self.last_call / 6)

    def refresh_ahead(self, lifetime: float) -> float:
        """Return how long before its expiry a token of this lifetime is refreshed."""
        return min(self.leeway, lifetime / 4)

    def send_margin(self, lifetime: float) -> float:
        """Return how long before its expiry a token is not sent any more: a request takes time."""
        return min(5.0, lifetime / 20)

    def youngest_refresh(self, lifetime: float | None) -> float:
        """Return the age below which a rejected token is not refreshed.

        A server that rejects a brand-new token would reject the next one too.
        """
        return 30.0 if lifetime is None else min(30.0, lifetime / 2)
