"""The state of the authorization server: settings, apps, companies, codes, grants, audit."""

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
        access_token_life: How long an access token is accepted. `expires_in` is this number
            rounded down, since RFC 6749 (appendix A.14) has whole seconds.
        code_life: How long an authorization code can be exchanged.
        refresh_token_overlap: How long the refresh token that was used last may be used again,
            as with Auth0's "rotation overlap period".
        revocation: Whether there is /oauth/revoke; without, it is a 404.
        sends_expires_in: Whether token answers contain `expires_in`.
        rotates: Whether each refresh gives a new refresh token and spends the one that was used;
            without, refresh answers hold none.
        audience: The audience that must be asked for.
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
    """One event. A request is one event, which `chain_killed` may follow.

    Attributes:
        kind: `authorized` and `denied`: a decision of a customer. `exchanged`: a code for tokens.
            `refreshed`. `overlapped`: refreshed with the previous token, within the overlap.
            `reused`: a spent refresh token or code came again. `chain_killed`: because of that.
            `revoked`: by the client, or by the customer. `refused`: any other error.
        client_id: The app; None if no registered one was named.
        grant: The id of the grant; None if none is concerned.
        at: The sandbox's clock, in seconds since the epoch.
        detail: The reason of a refusal or what was reused. Never a secret.
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
        """Count the events that fit (see `find`)."""
        return len(self.find(kind, grant))


@define(eq=False)
class Code:
    """An authorization code.

    Attributes:
        grant: The grant that it can be exchanged for.
        tried: Whether the app has sent it to the token endpoint.
    """

    request: AuthorizationRequest
    grant: Grant
    expires_at: float
    tried: bool = False


@frozen
class Ticket:
    """A consent page that was shown and not yet answered."""

    request: AuthorizationRequest
    expires_at: float


@define(eq=False)
class State:
    """The state.

    Attributes:
        lock: Held while anything here changes.
        clients: The registered apps by id.
        companies: The companies that can be chosen on the consent page.
        codes: The codes by their hashes, spent ones too.
        tickets: The consent pages that were shown, by the hashes of their tickets.
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
        """Return the present moment in seconds since the epoch."""
        return self.clock.time()

    def note(
        self, kind: Kind, client_id: str | None, grant: str | None = None, detail: str = ""
    ) -> None:
        """Add an event to the audit. A client id that is not registered is left out."""
        known = client_id if client_id in self.clients else None
        self.audit.add(Event(kind, known, grant, self.now(), detail))

    def approve(self, request: AuthorizationRequest, company: Company) -> str:
        """Grant a request, and return the address that the customer is sent to."""
        grant = self.grants.make(request.client.client_id, company, request.scope)
        code = make_token("code")
        self.codes[digest(code)] = Code(request, grant, self.now() + self.settings.code_life)
        self.note("authorized", grant.client_id, grant.id)
        return request.callback(code=code)

    def deny(self, request: AuthorizationRequest) -> str:
        """Deny a request, and return the address that the customer is sent to."""
        self.note("denied", request.client.client_id)
        words = "The customer did not approve."
        return request.callback(error="access_denied", error_description=words)

    def kill(self, grant: Grant, *, access: bool) -> None:
        """End a grant because a token or code of it was used twice."""
        if grant.alive:
            self.note("chain_killed", grant.client_id, grant.id)
        grant.end(access=access)
