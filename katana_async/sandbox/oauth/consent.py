"""/authorize: asks a person, and sends them back to the app with the decision."""

from ..wire import Answer, Request
from .authorization import AuthorizationRefused, AuthorizationRequest, read_authorization
from .forms import read_form
from .grants import digest, make_token
from .pages import GUARDS, consent_page, problem_page
from .refusals import OAuthRefusal, invalid_request
from .state import State, Ticket

_TICKET_LIFE = 600.0


def judged(state: State, pairs: list[tuple[str, str]]) -> AuthorizationRequest:
    """Read an authorization request, and write it into the audit when it is refused.

    Raises:
        AuthorizationRefused: It is.
    """
    try:
        return read_authorization(pairs, state.clients, state.settings.audience)
    except AuthorizationRefused as refused:
        named = next((value for name, value in pairs if name == "client_id"), None)
        state.note("refused", named, detail=str(refused))
        raise


def show_consent(state: State, request: Request) -> Answer:
    """Answer GET /authorize."""
    try:
        asked = judged(state, request.query)
    except AuthorizationRefused as refused:
        if refused.location is None:
            return problem_page(400, refused.description)
        return _redirect(302, refused.location)
    now = state.now()
    for kept in [kept for kept, ticket in state.tickets.items() if ticket.expires_at <= now]:
        del state.tickets[kept]
    ticket = make_token("ticket")
    state.tickets[digest(ticket)] = Ticket(asked, now + _TICKET_LIFE)
    return consent_page(asked, state.companies, ticket)


def take_decision(state: State, request: Request) -> Answer:
    """Answer POST /authorize: the form of the consent page, once."""
    try:
        location = _decided(state, read_form(request))
    except OAuthRefusal as refusal:
        state.note("refused", None, detail=refusal.said)
        return problem_page(refusal.status, refusal.description)
    # 303, so that the browser does not send the form on to the app.
    return _redirect(303, location)


def _decided(state: State, given: dict[str, str]) -> str:
    """Return where a person who has decided is sent."""
    ticket = state.tickets.pop(digest(given.get("ticket", "")), None)
    if ticket is None or state.now() >= ticket.expires_at:
        raise invalid_request("This page was answered before, or is too old.")
    if given.get("decision") == "deny":
        return state.deny(ticket.request)
    if given.get("decision") != "approve":
        raise invalid_request("The decision must be to approve or to deny.")
    for company in state.companies:
        if str(company.id) == given.get("account"):
            return state.approve(ticket.request, company)
    raise invalid_request("There is no such account.")


def _redirect(status: int, location: str) -> Answer:
    return Answer(status, headers=(("Location", location), *GUARDS))
