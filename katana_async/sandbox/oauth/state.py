"""What the authorization server knows: apps, companies, codes, grants, and what happened."""

from threading import RLock

from attrs import define, field, frozen

from ..callers import Company
from ..clock import Clock
from .audit import Audit, Event, Kind
from .authorization import AuthorizationRequest
from .clients import Client
from .grants import Grant, Grants, digest, make_token
from .settings import Settings


@define(eq=False)
class Code:
    """An authorization code, and what it is bound to.

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
    """What the authorization server knows.

    Attributes:
        lock: Is held by whoever changes anything here.
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
        """Write an event into the audit. A client id that is not registered is left out."""
        known = client_id if client_id in self.clients else None
        self.audit.add(Event(kind, known, grant, self.now(), detail))

    def approve(self, request: AuthorizationRequest, company: Company) -> str:
        """Let a company say yes, and return where its person is sent."""
        grant = self.grants.make(request.client.client_id, company, request.scope)
        code = make_token("code")
        self.codes[digest(code)] = Code(request, grant, self.now() + self.settings.code_life)
        self.note("authorized", grant.client_id, grant.id)
        return request.callback(code=code)

    def deny(self, request: AuthorizationRequest) -> str:
        """Let a company say no, and return where its person is sent."""
        self.note("denied", request.client.client_id)
        words = "The customer did not approve."
        return request.callback(error="access_denied", error_description=words)

    def kill(self, grant: Grant, *, access: bool) -> None:
        """End a grant because something of it was used twice."""
        if grant.alive:
            self.note("chain_killed", grant.client_id, grant.id)
        grant.end(access=access)
