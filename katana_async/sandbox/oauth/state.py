"""The authorization server's state: settings, apps, companies, codes, grants and audit."""

from threading import RLock
from typing import Literal

from attrs import define, field, frozen

from ..callers import Company
from ..clock import Clock
from ..journal import Log
from .authorization import AuthorizationRequest, Client
from .grants import Grant, Grants, digest, make_token

Kind = Literal[
    "authorized",
    "denied",
    "exchanged",
    "refreshed",
    "overlapped",
    "reused",
    "chain_killed",
    "revoked",
    "refused",
]


@define
class Settings:
    """The switches of the authorization server. All times are seconds of the sandbox's clock.

    Attributes:
        access_token_life: The lifetime of access tokens. `expires_in` is rounded down, since RFC
            6749 (appendix A.14) has whole seconds.
        code_life: The lifetime of authorization codes.
        refresh_token_overlap: The time in which the refresh token that was used last may be used
            again, like Auth0's "rotation overlap period".
        revocation: Whether /oauth/revoke exists; otherwise it answers 404.
        sends_expires_in: Whether token answers contain `expires_in`.
        rotates: Whether a refresh spends the refresh token and returns a new one; otherwise its
            answer has none.
        audience: The only valid audience.
    """

    access_token_life: float = 86_400.0
    code_life: float = 60.0
    refresh_token_overlap: float = 0.0
    revocation: bool = True
    sends_expires_in: bool = True
    rotates: bool = True
    audience: str = "https://api.katanamrp.com"


@frozen
class Event:
    """An event of the audit. Each request is one event, which `chain_killed` may follow.

    Attributes:
        kind: `authorized`, `denied`: a customer's decision. `exchanged`: a code for tokens.
            `refreshed`. `overlapped`: refreshed with the previous token, within the overlap.
            `reused`: a spent refresh token or code was used again. `chain_killed`: a grant ended
            because of that. `revoked`: by the app or the customer. `refused`: any other error.
        client_id: The app; None without the id of a registered one.
        grant: The grant's id; None if no grant is concerned.
        at: The time of the sandbox's clock, in seconds since the epoch.
        detail: The reason of a refusal, or the kind of credential; never a secret.
    """

    kind: Kind
    client_id: str | None
    grant: str | None
    at: float
    detail: str = ""


class Audit(Log[Event]):
    """The events, oldest first."""

    def find(self, kind: Kind | None = None, grant: str | None = None) -> list[Event]:
        """Return the events of a kind, of a grant, or both."""
        return [
            event for event in self if kind in (None, event.kind) and grant in (None, event.grant)
        ]

    def count(self, kind: Kind | None = None, grant: str | None = None) -> int:
        """Return the number of matching events (see `find`)."""
        return len(self.find(kind, grant))


@define(eq=False)
class Code:
    """An authorization code.

    Attributes:
        grant: The grant that the code can be exchanged for.
        tried: Whether the app has sent the code to the token endpoint.
    """

    request: AuthorizationRequest
    grant: Grant
    expires_at: float
    tried: bool = False


@frozen
class Ticket:
    """A consent page that awaits a decision."""

    request: AuthorizationRequest
    expires_at: float


@define(eq=False)
class State:
    """The state of the authorization server.

    Attributes:
        companies: The accounts to choose from on the consent page.
        clients: The registered apps by id.
        codes: The codes by hash, including spent ones.
        tickets: The open consent pages, by the hash of their ticket.
        lock: Held while the state changes.
    """

    clock: Clock
    companies: list[Company]
    settings: Settings = field(factory=Settings)
    audit: Audit = field(factory=Audit)
    grants: Grants = field(factory=Grants)
    clients: dict[str, Client] = field(factory=dict[str, Client])
    codes: dict[str, Code] = field(factory=dict[str, Code], repr=False)
    tickets: dict[str, Ticket] = field(factory=dict[str, Ticket], repr=False)
    lock: RLock = field(factory=RLock, repr=False)

    def now(self) -> float:
        """Return the present time in seconds since the epoch."""
        return self.clock.time()

    def add_event(
        self, kind: Kind, client_id: str | None, grant: str | None = None, detail: str = ""
    ) -> None:
        """Add an event to the audit; the id of an unregistered client is left out."""
        known = client_id if client_id in self.clients else None
        self.audit.add(Event(kind, known, grant, self.now(), detail))

    def approve(self, request: AuthorizationRequest, company: Company) -> str:
        """Approve a request, and return the redirect to the app."""
        grant = self.grants.make(request.client.client_id, company, request.scope)
        code = make_token("code")
        self.codes[digest(code)] = Code(request, grant, self.now() + self.settings.code_life)
        self.add_event("authorized", grant.client_id, grant.id)
        return request.callback(code=code)

    def deny(self, request: AuthorizationRequest) -> str:
        """Deny a request, and return the redirect to the app."""
        self.add_event("denied", request.client.client_id)
        words = "The customer did not approve."
        return request.callback(error="access_denied", error_description=words)

    def end_after_reuse(self, grant: Grant, *, access: bool) -> None:
        """End a grant whose code or refresh token was used twice."""
        if grant.alive:
            self.add_event("chain_killed", grant.client_id, grant.id)
        grant.end(access=access)
