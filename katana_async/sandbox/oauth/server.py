"""The authorization server: its endpoints, and its interface for tests."""

import logging
from collections.abc import Callable, Mapping
from email.utils import formatdate
from urllib.parse import parse_qsl

from attrs import frozen

from ..callers import Caller, Company
from ..clock import Clock
from ..codec import write_json
from ..errors import Refusal
from ..wire import Answer, Request
from .authorization import DEFAULT_REDIRECT_URIS, AuthorizationRequest, Client
from .consent import read_noted, show_consent, take_decision
from .forms import JSON, OAuthRefusal, read_form
from .grants import Grant, Grants
from .state import Audit, Settings, State
from .token import answer_revocation, answer_token

AUTHORIZE, TOKEN, REVOKE = "/authorize", "/oauth/token", "/oauth/revoke"

_FIRST_ADDED = 78_001  # far from the ids of the seeded users

_logger = logging.getLogger(__name__)

_Answers = Callable[[State, Request], Answer]
_PAGES: Mapping[str, _Answers] = {"GET": show_consent, "POST": take_decision}
_CALLS: Mapping[str, _Answers] = {TOKEN: answer_token, REVOKE: answer_revocation}
_OPERATIONS = (f"GET {AUTHORIZE}", f"POST {AUTHORIZE}", f"POST {TOKEN}", f"POST {REVOKE}")


def serves(path: str) -> bool:
    """Return whether a path is the authorization server's and not the API's."""
    return path == AUTHORIZE or path.startswith("/oauth/")


@frozen
class Endpoints:
    """Answers requests to the authorization server. Does no I/O."""

    _state: State

    def operation_of(self, request: Request) -> str | None:
        """Return the name of a request's endpoint, None for no endpoint."""
        name = f"{request.method} {request.path}"
        return name if name in _OPERATIONS else None

    def answer(self, request: Request) -> Answer:
        """Carry out a request and return the answer, without the headers of `stamped`."""
        try:
            with self._state.lock:
                if request.path == AUTHORIZE:
                    return self._page(request)
                return self._call(request)
        except Exception as error:
            # A defect of the sandbox: name it in the answer.
            _logger.exception("the sandbox failed at %s %s", request.method, request.path)
            name = type(error).__name__
            return OAuthRefusal("server_error", f"The sandbox failed: {name}.", 500).answer()

    def spend(self, request: Request) -> None:
        """Do nothing: the API's rate limit does not count these requests."""

    def refused(self, refusal: Refusal) -> Answer:
        """Return the error of a server that is not the authorization server, such as a gateway."""
        return Answer(
            refusal.status,
            write_json(refusal.body("pointer", wrapped=False)),
            (JSON, *refusal.headers),
        )

    def stamped(self, answer: Answer, request: Request, *, skew: float = 0.0) -> Answer:
        """Add the date, which is off by `skew` seconds."""
        return answer.having(("Date", formatdate(self._state.now() + skew, usegmt=True)))

    def _page(self, request: Request) -> Answer:
        answers = _PAGES.get(request.method)
        if answers is None:
            return Answer(405, headers=(("Allow", ", ".join(_PAGES)),))
        return answers(self._state, request)

    def _call(self, request: Request) -> Answer:
        answers = _CALLS.get(request.path)
        if answers is None or (request.path == REVOKE and not self._state.settings.revocation):
            return Answer(404)
        if request.method == "HEAD":
            return Answer(405, headers=(("Allow", "POST"),))
        try:
            if request.method != "POST":
                raise OAuthRefusal("invalid_request", "Only POST.", 405, (("Allow", "POST"),))
            return answers(self._state, request)
        except OAuthRefusal as refusal:
            if not refusal.noted:
                named = _client_named(request)
                self._state.note("refused", named, refusal.grant, refusal.summary)
            return refusal.answer()


def _client_named(request: Request) -> str | None:
    try:
        return read_form(request).get("client_id")
    except OAuthRefusal:
        return None


class OAuthServer:
    """The sandbox's authorization server. It answers at the sandbox's own address.

    All attributes and methods can be used from any thread.

    Args:
        clock: The clock of lifetimes.
        company: The first account that can be connected.
        client: The first app; random by default.
        origin: Returns the sandbox's address.

    Attributes:
        endpoints: The object that answers requests.
        settings: The switches of the server.
        audit: The events.
        grants: The grants by id.
    """

    def __init__(
        self, clock: Clock, company: Company, client: Client | None, origin: Callable[[], str]
    ) -> None:
        self._state = state = State(clock, [company])
        self._origin = origin
        self._first = self._register(client or Client()).client_id
        self.endpoints = Endpoints(state)
        self.settings: Settings = state.settings
        self.audit: Audit = state.audit
        self.grants: Grants = state.grants

    def __repr__(self) -> str:
        return f"<OAuthServer with {len(self.grants)} grants>"

    # -- addresses

    @property
    def url(self) -> str:
        """The address in the place of https://login.katanamrp.com."""
        return self._origin()

    @property
    def authorize_url(self) -> str:
        """The address of the consent page."""
        return self.url + AUTHORIZE

    @property
    def token_url(self) -> str:
        """The address where codes and refresh tokens are exchanged."""
        return self.url + TOKEN

    @property
    def revoke_url(self) -> str:
        """The address where tokens are revoked."""
        return self.url + REVOKE

    # -- apps and accounts

    @property
    def client(self) -> Client:
        """The first registered app."""
        return self._state.clients[self._first]

    def add_client(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        redirect_uris: tuple[str, ...] = DEFAULT_REDIRECT_URIS,
    ) -> Client:
        """Register an app. Id and secret are random unless given.

        An app of the same id is replaced, which is how a secret is rotated. Its grants stay.

        Raises:
            ValueError: A redirect URI is not absolute, or has a fragment.
        """
        given = {"client_id": client_id, "client_secret": client_secret}
        known = {name: value for name, value in given.items() if value is not None}
        return self._register(Client(**known, redirect_uris=redirect_uris))

    def _register(self, client: Client) -> Client:
        with self._state.lock:
            self._state.clients[client.client_id] = client
        return client

    @property
    def accounts(self) -> list[Company]:
        """The accounts that can be chosen on the consent page."""
        return list(self._state.companies)

    def add_account(self, name: str, email: str, legal_name: str | None = None) -> Company:
        """Add a company that may connect apps; its legal name is its name by default."""
        with self._state.lock:
            number = _FIRST_ADDED + len(self._state.companies) - 1
            company = Company(number, name, email, legal_name or name)
            self._state.companies.append(company)
        return company

    # -- decisions of customers

    def approve(self, authorization_url: str, account: Company | None = None) -> str:
        """Approve an authorization request as a click on Approve does, without HTTP.

        Args:
            authorization_url: The address that the app sent its customer to.
            account: The account chosen; the first one by default.

        Returns:
            The address that the customer is sent back to, with the code.

        Raises:
            AuthorizationRefused: The request is not valid (a ValueError).
            ValueError: It is not the address of the consent page, or there is no such account.
        """
        with self._state.lock:
            company = account or self._state.companies[0]
            if company not in self._state.companies:
                raise ValueError(f"there is no such account: {company!r}")
            return self._state.approve(self._read_url(authorization_url), company)

    def deny(self, authorization_url: str) -> str:
        """Deny an authorization request as a click on Deny does, without HTTP (see `approve`).

        Returns:
            The address that the customer is sent back to, with the error access_denied.
        """
        with self._state.lock:
            return self._state.deny(self._read_url(authorization_url))

    def _read_url(self, authorization_url: str) -> AuthorizationRequest:
        address, _, query = authorization_url.partition("?")
        if address != self.authorize_url:
            raise ValueError(f"the consent page is at {self.authorize_url}, not at {address}")
        return read_noted(self._state, parse_qsl(query, keep_blank_values=True))

    def kill(self, grant: Grant | str) -> None:
        """Remove the app as the customer: all tokens of the grant become invalid."""
        with self._state.lock:
            found = self._find(grant)
            if found.alive:
                self._state.note("revoked", found.client_id, found.id, "By the customer.")
            found.end(access=True)

    def expire(self, grant: Grant | str) -> None:
        """Expire the access tokens of a grant. Its refresh token stays valid."""
        with self._state.lock:
            self._find(grant).access_tokens.clear()

    def _find(self, grant: Grant | str) -> Grant:
        return self.grants[grant.id if isinstance(grant, Grant) else grant]

    # -- tokens

    def grant_of(self, token: str) -> Grant | None:
        """Return the grant of an access or refresh token, valid or not."""
        return self.grants.of_token(token)

    def caller(self, token: str) -> Caller | None:
        """Return the caller of an access token, valid or not; None if there is no such token."""
        with self._state.lock:
            grant = self.grants.of_token(token)
            if grant is None or self.grants.of_refresh(token) is not None:
                return None
            return Caller(grant.id, grant.admits(token, self._state.now()), grant.account)
