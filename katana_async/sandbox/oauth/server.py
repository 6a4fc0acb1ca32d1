"""The authorization server as tests see it."""

from collections.abc import Callable
from urllib.parse import parse_qsl

from ..callers import Caller, Company
from ..clock import Clock
from .audit import Audit
from .authorization import AuthorizationRequest
from .clients import DEFAULT_REDIRECT_URIS, Client
from .consent import judged
from .endpoints import AUTHORIZE, REVOKE, TOKEN, Endpoints
from .grants import Grant, Grants
from .settings import Settings
from .state import State

_FIRST_ADDED = 78_001  # far from the ids of the seeded people


class OAuthServer:
    """The sandbox's authorization server. It answers at the sandbox's own address.

    Everything here can be read and called from any thread.

    Args:
        clock: What lives are measured with.
        company: The first account that can be connected.
        client: The first app; made up by default.
        origin: Tells the sandbox's address.

    Attributes:
        endpoints: What answers its requests.
    """

    def __init__(
        self,
        clock: Clock,
        company: Company,
        client: Client | None,
        origin: Callable[[], str],
    ) -> None:
        self._state = State(clock, [company])
        self._origin = origin
        self._first = self._register(client or Client()).client_id
        self.endpoints = Endpoints(self._state)

    def __repr__(self) -> str:
        return f"<OAuthServer with {len(self.grants)} grants>"

    @property
    def settings(self) -> Settings:
        """How it behaves."""
        return self._state.settings

    @property
    def audit(self) -> Audit:
        """What it did."""
        return self._state.audit

    @property
    def grants(self) -> Grants:
        """What was granted, by id."""
        return self._state.grants

    # -- where it is

    @property
    def url(self) -> str:
        """What stands in for https://login.katanamrp.com."""
        return self._origin()

    @property
    def authorize_url(self) -> str:
        """Where customers are sent."""
        return self.url + AUTHORIZE

    @property
    def token_url(self) -> str:
        """Where codes and refresh tokens are exchanged."""
        return self.url + TOKEN

    @property
    def revoke_url(self) -> str:
        """Where tokens are revoked."""
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
        """Register an app. Id and secret are made up unless given.

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
        """Add a company that may connect apps; its legal name is its name unless told."""
        with self._state.lock:
            number = _FIRST_ADDED + len(self._state.companies) - 1
            company = Company(number, name, email, legal_name or name)
            self._state.companies.append(company)
        return company

    # -- what people do

    def approve(self, authorization_url: str, account: Company | None = None) -> str:
        """Do what someone who clicks Approve causes, without HTTP.

        Args:
            authorization_url: Where the app sent its customer.
            account: The account chosen; the first one by default.

        Returns:
            Where the customer is sent back to, with the code.

        Raises:
            AuthorizationRefused: No consent page would have been shown (a ValueError).
            ValueError: It is not the address of the consent page, or there is no such account.
        """
        with self._state.lock:
            company = account or self._state.companies[0]
            if company not in self._state.companies:
                raise ValueError(f"there is no such account: {company!r}")
            return self._state.approve(self._asked(authorization_url), company)

    def deny(self, authorization_url: str) -> str:
        """Do what someone who clicks Deny causes, without HTTP (see `approve`).

        Returns:
            Where the customer is sent back to, with the error access_denied.
        """
        with self._state.lock:
            return self._state.deny(self._asked(authorization_url))

    def _asked(self, authorization_url: str) -> AuthorizationRequest:
        address, _, query = authorization_url.partition("?")
        if address != self.authorize_url:
            raise ValueError(f"the consent page is at {self.authorize_url}, not at {address}")
        return judged(self._state, parse_qsl(query, keep_blank_values=True))

    def kill(self, grant: Grant | str) -> None:
        """Let the customer remove the app: all tokens of the grant are dead."""
        with self._state.lock:
            found = self._found(grant)
            if found.alive:
                self._state.note("revoked", found.client_id, found.id, "By the customer.")
            found.end(access=True)

    def expire(self, grant: Grant | str) -> None:
        """Let the access tokens of a grant be expired now. Its refresh token is still good."""
        with self._state.lock:
            self._found(grant).expire()

    def _found(self, grant: Grant | str) -> Grant:
        return self.grants[grant.id if isinstance(grant, Grant) else grant]

    # -- what the API asks

    def grant_of(self, token: str) -> Grant | None:
        """Return the grant that an access or refresh token belongs to, good or not."""
        return self.grants.of_access(token) or self.grants.of_refresh(token)

    def caller(self, token: str) -> Caller | None:
        """Return who calls the API with an access token, valid or not; None when it is none."""
        with self._state.lock:
            grant = self.grants.of_access(token)
            if grant is None:
                return None
            return Caller(grant.id, grant.lets_in(token, self._state.now()), grant.account)
