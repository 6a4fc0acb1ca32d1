"""The pages that people see: the consent page, and the one that says what is wrong."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from ..callers import Company
from ..wire import Answer
from .authorization import SCOPES, AuthorizationRequest

_STYLE = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif;
  --ground: #f1f3f6; --card: #fff; --ink: #171d26; --soft: #566072; --line: #d5dbe4 }
@media (prefers-color-scheme: dark) {
  :root { --ground: #11151b; --card: #1a2029; --ink: #e8ecf2; --soft: #a5b0c0; --line: #364050 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1rem;
  grid-template-columns: minmax(0, 30rem); background: var(--ground); color: var(--ink) }
main { padding: 1.75rem 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 1rem }
h1 { font-size: 1.375rem; line-height: 1.25; margin: 0 0 1.25rem; text-wrap: balance }
dl, ul { margin: 0 0 1.25rem }
ul { padding-left: 1.25rem }
dt, label, h2 { font-size: .875rem; font-weight: 600; margin: 0; color: var(--soft) }
dd { margin: 0 0 .75rem; font-size: .9375rem; overflow-wrap: anywhere }
select { display: block; width: 100%; font: inherit; color: inherit; padding: .625rem;
  margin: .25rem 0 1.25rem; background: var(--card); text-overflow: ellipsis;
  border: 1px solid var(--line); border-radius: .5rem }
.decision { display: flex; flex-wrap: wrap; gap: .75rem }
button { flex: 1 1 9rem; font: inherit; font-weight: 600; padding: .6875rem 1rem; cursor: pointer;
  border: 1px solid var(--line); border-radius: .5rem; background: none; color: inherit }
button:hover { border-color: currentColor }
button[value=approve] { background: #2456b8; border-color: #2456b8; color: #fff }
button[value=approve]:hover { background: #1c4596 }
:focus-visible { outline: 3px solid #e0a800; outline-offset: 2px }
footer { margin-top: 1.5rem; font-size: .875rem; color: var(--soft); text-wrap: pretty }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# No form-action: Chromium holds it against the redirects that follow a form, and so against every
# address to which the app may send its customer on.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
)

GUARDS = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)

_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", _POLICY),
    ("X-Frame-Options", "DENY"),
    *GUARDS,
)


def consent_page(
    request: AuthorizationRequest, companies: Sequence[Company], ticket: str
) -> Answer:
    """Return the page on which a person decides.

    Args:
        request: What the app asks for.
        companies: The accounts that can be connected, at least one.
        ticket: What the form sends back, to say which page was answered.
    """
    scopes = [SCOPES[scope] for scope in request.scope.split()]
    wanted = ["Read and change everything in the account", *scopes]
    name = escape(request.client.name)
    return _page(
        200,
        f"Connect {name}?",
        f"""<h1>{name} wants to connect to Katana</h1>
<form method="post" action="/authorize">
<input type="hidden" name="ticket" value="{escape(ticket)}">
{_choice(companies)}
<h2 id="wanted">It will be able to</h2>
<ul aria-labelledby="wanted">{"".join(f"<li>{escape(words)}</li>" for words in wanted)}</ul>
<dl>
<dt>App</dt><dd>{name} ({escape(request.client.client_id)})</dd>
<dt>Sends you back to</dt><dd>{escape(request.redirect_uri)}</dd>
</dl>
<div class="decision">
<button name="decision" value="approve">Approve</button>
<button name="decision" value="deny">Deny</button>
</div>
</form>""",
    )


def _choice(companies: Sequence[Company]) -> str:
    if len(companies) == 1:
        [only] = companies
        return (
            f'<input type="hidden" name="account" value="{only.id}">'
            f"<dl><dt>Account</dt><dd>{escape(_named(only))}</dd></dl>"
        )
    options = "".join(
        f'<option value="{company.id}">{escape(_named(company))}</option>' for company in companies
    )
    return (
        '<label for="account">Account</label>'
        f'<select id="account" name="account">{options}</select>'
    )


def _named(company: Company) -> str:
    return f"{company.name} ({company.email})"


def problem_page(status: int, description: str) -> Answer:
    """Return a page that says what is wrong, for when the app must not be told by a redirect."""
    return _page(
        status,
        "This cannot be connected",
        f"""<h1>This cannot be connected</h1>
<p>{escape(description)}</p>
<p>Go back to the app that sent you here, and tell its makers if it happens again.</p>""",
    )


def _page(status: int, title: str, content: str) -> Answer:
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{content}
<footer>This is the sandbox of katana_async. No account at Katana is touched.</footer>
</main>
</body>
</html>
"""
    return Answer(status, text.encode(), _HEADERS)
