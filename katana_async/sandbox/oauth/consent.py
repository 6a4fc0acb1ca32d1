"""The endpoint /authorize: the consent page and the customer's decision."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template

from ..callers import Company
from ..wire import Answer, HttpRequest
from .authorization import SCOPES, AuthorizationRefused, AuthorizationRequest, read_authorization
from .forms import OAuthRefusal, invalid_request, read_form
from .grants import digest, make_token
from .state import State, Ticket

_TICKET_LIFE = 600.0  # seconds

_PAGE, _FORM = (
    Template((files("katana_async.sandbox.oauth") / name).read_text("utf-8"))
    for name in ("page.html", "form.html")
)
_STYLE = _PAGE.template.partition("<style>")[2].partition("</style>")[0]
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# There is no form-action: Chromium applies it to the redirects after a form, too.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
)

SECURITY_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)

_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", _POLICY),
    ("X-Frame-Options", "DENY"),
    *SECURITY_HEADERS,
)


def read_audited_request(state: State, pairs: list[tuple[str, str]]) -> AuthorizationRequest:
    """Parse an authorization request; add a refusal to the audit.

    Raises:
        AuthorizationRefused: The request is not valid.
    """
    try:
        return read_authorization(pairs, state.clients, state.settings.audience)
    except AuthorizationRefused as refused:
        named = next((value for name, value in pairs if name == "client_id"), None)
        state.add_event("refused", named, detail=str(refused))
        raise


def show_consent(state: State, request: HttpRequest) -> Answer:
    """Answer GET /authorize."""
    try:
        authorization = read_audited_request(state, request.query)
    except AuthorizationRefused as refused:
        if refused.location is None:
            return _problem_page(400, refused.description)
        return _redirect(302, refused.location)
    now = state.now()
    for old in [old for old, ticket in state.tickets.items() if ticket.expires_at <= now]:
        del state.tickets[old]
    ticket = make_token("ticket")
    state.tickets[digest(ticket)] = Ticket(authorization, now + _TICKET_LIFE)
    return _consent_page(authorization, state.companies, ticket)


def take_decision(state: State, request: HttpRequest) -> Answer:
    """Answer POST /authorize: the form of a consent page, which can be sent once."""
    try:
        location = _decide(state, read_form(request))
    except OAuthRefusal as refusal:
        state.add_event("refused", None, detail=refusal.summary)
        return _problem_page(refusal.status, refusal.description)
    # After a 303 the browser does not send the form to the app.
    return _redirect(303, location)


def _decide(state: State, params: dict[str, str]) -> str:
    """Carry out a customer's decision, and return the redirect to the app."""
    ticket = state.tickets.pop(digest(params.get("ticket", "")), None)
    if ticket is None or state.now() >= ticket.expires_at:
        raise invalid_request("This page was already answered, or has expired.")
    if params.get("decision") == "deny":
        return state.deny(ticket.request)
    if params.get("decision") != "approve":
        raise invalid_request("The decision must be `approve` or `deny`.")
    for company in state.companies:
        if str(company.id) == params.get("account"):
            return state.approve(ticket.request, company)
    raise invalid_request("There is no such account.")


def _redirect(status: int, location: str) -> Answer:
    return Answer(status, headers=(("Location", location), *SECURITY_HEADERS))


def _consent_page(
    request: AuthorizationRequest, companies: Sequence[Company], ticket: str
) -> Answer:
    """Return the consent page.

    Args:
        request: The authorization request.
        companies: The accounts that can be connected, at least one.
        ticket: The secret by which the form identifies the page.
    """
    wanted = ["Read and change everything in the account"]
    wanted += [SCOPES[scope] for scope in request.scope.split()]
    client = request.client
    texts = {"app": client.name, "client_id": client.client_id, "ticket": ticket}
    texts |= {"redirect_uri": request.redirect_uri}
    form = _FORM.substitute(
        {name: escape(text) for name, text in texts.items()},
        choice=_account_choice(companies),
        wanted="".join(f"<li>{escape(words)}</li>" for words in wanted),
    )
    return _page(200, f"Connect {escape(client.name)}?", form)


def _account_choice(companies: Sequence[Company]) -> str:
    names = {each.id: escape(f"{each.name} ({each.email})") for each in companies}
    if len(names) == 1:
        [(company, name)] = names.items()
        hidden = f'<input type="hidden" name="account" value="{company}">'
        return f"{hidden}<dl><dt>Account</dt><dd>{name}</dd></dl>"
    options = "".join(
        f'<option value="{company}">{name}</option>' for company, name in names.items()
    )
    label = '<label for="account">Account</label>'
    return f'{label}<select id="account" name="account">{options}</select>'


def _problem_page(status: int, description: str) -> Answer:
    """Return an error page, for errors that must not be redirected to the app."""
    title = "This cannot be connected"
    advice = "Go back to the app, and contact its provider if this happens again."
    text = f"<h1>{title}</h1>\n<p>{escape(description)}</p>\n<p>{advice}</p>"
    return _page(status, title, text)


def _page(status: int, title: str, content: str) -> Answer:
    text = _PAGE.substitute(title=title, content=content)
    return Answer(status, text.encode(), _HEADERS)
