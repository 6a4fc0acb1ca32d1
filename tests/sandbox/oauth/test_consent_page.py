"""The consent page."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from katana_async.sandbox import Sandbox
from katana_async.sandbox.oauth import Client

from ..conftest import Answer
from .conftest import REDIRECT_URI, App, parameters


class Page(HTMLParser):
    """A parser of a page: its elements, and the values of its form."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def fields(self) -> dict[str, Any]:
        return {str(field["name"]): field["value"] for field in self.all("input")}


async def shown(app: App, **changes: str | None) -> Page:
    answer = await app.get(app.authorization_url(**changes))
    assert answer.status == 200
    return Page(answer)


async def decide(app: App, fields: dict[str, Any]) -> Answer:
    return await app.post(fields, "/authorize")


async def test_a_person_who_approves_connects_the_app(app: App) -> None:
    page = await shown(app)
    answer = await decide(app, {**page.fields, "decision": "approve"})
    assert (answer.status, answer.body) == (303, b"")
    assert answer.headers["Location"].startswith(REDIRECT_URI)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    given = parameters(answer.headers["Location"])
    assert given["state"] == "the state"
    assert (await app.post(app.exchange(given["code"]))).status == 200


async def test_a_person_who_denies_is_sent_back_too(app: App) -> None:
    page = await shown(app)
    answer = await decide(app, {**page.fields, "decision": "deny"})
    assert answer.status == 303
    assert parameters(answer.headers["Location"])["error"] == "access_denied"
    assert app.event_kinds() == ["denied"]


async def test_the_page_shows_the_app_the_scopes_and_the_account(app: App) -> None:
    page = await shown(app)
    for words in (
        app.client.name,
        app.client.client_id,
        "Nordwall",
        REDIRECT_URI,
        "Stay connected",
    ):
        assert words in page.text
    buttons = [(button["name"], button["value"]) for button in page.all("button")]
    assert buttons == [("decision", "approve"), ("decision", "deny")]
    assert page.all("html") == [{"lang": "en"}]
    assert any(meta.get("name") == "viewport" for meta in page.all("meta"))
    assert "Stay connected" not in (await shown(app, scope=None)).text


async def test_of_several_accounts_one_is_chosen(app: App) -> None:
    acme = app.sandbox.oauth.add_account(name="Acme", email="ann@acme.test")
    page = await shown(app)
    [select] = page.all("select")
    assert [label["for"] for label in page.all("label")] == [select["id"]]
    assert [option["value"] for option in page.all("option")] == ["77001", str(acme.id)]
    answer = await decide(app, {**page.fields, "account": str(acme.id), "decision": "approve"})
    code = parameters(answer.headers["Location"])["code"]
    await app.post(app.exchange(code))
    assert app.grant.account == acme


async def test_a_page_is_answered_once(app: App) -> None:
    fields = {**(await shown(app)).fields, "decision": "approve"}
    assert (await decide(app, fields)).status == 303
    answer = await decide(app, fields)
    assert (answer.status, "Location" in answer.headers) == (400, False)
    assert app.event_kinds() == ["authorized", "refused"]


async def test_a_page_that_was_left_open_is_too_old(app: App) -> None:
    old = (await shown(app)).fields
    app.clock.advance(600)
    assert (await decide(app, {**old, "decision": "approve"})).status == 400
    await shown(app)
    assert (await decide(app, {**old, "decision": "approve"})).status == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"ticket": ""},
        {"ticket": "made-up"},
        {"account": "1"},
        {"account": ""},
        {"decision": ""},
        {"decision": "perhaps"},
    ],
)
async def test_forms_that_no_page_sends_are_refused(app: App, changes: dict[str, str]) -> None:
    fields = {**(await shown(app)).fields, "decision": "approve", **changes}
    answer = await decide(app, fields)
    assert (answer.status, "Location" in answer.headers) == (400, False)
    assert app.event_kinds() == ["refused"]


async def test_only_a_form_decides(app: App) -> None:
    answer = await app.post("{}", "/authorize", headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert b"<h1>" in answer.body


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
async def test_pages_are_only_shown_and_answered(app: App, method: str) -> None:
    async with app.session.request(method, app.authorization_url()) as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("changes", [{}, {"client_id": "nobody"}])
async def test_a_page_guards_itself(app: App, changes: dict[str, str | None]) -> None:
    answer = await app.get(app.authorization_url(**changes))
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    # Chromium would apply it to the redirect after the form.
    assert "form-action" not in policy


async def test_the_policy_allows_the_style_that_is_on_the_page(app: App) -> None:
    answer = await app.get(app.authorization_url())
    style = re.search(rb"<style>(.*?)</style>", answer.body, re.DOTALL)
    assert style is not None
    hashed = base64.b64encode(hashlib.sha256(style[1]).digest()).decode()
    assert f"'sha256-{hashed}'" in answer.headers["Content-Security-Policy"]
    assert b"style=" not in answer.body


async def test_names_of_apps_and_accounts_are_shown_as_text(session: Any) -> None:
    nasty = "</title><script>alert(1)</script>\"'&"
    client = Client(client_id=nasty, name=nasty)
    async with Sandbox(products=1, oauth_client=client) as sandbox:
        sandbox.oauth.add_account(name=nasty, email=nasty)
        app = App(session, sandbox, client, sandbox.clock)  # type: ignore[arg-type]  # stands still
        page = await shown(app)
        assert not page.all("script")
        # The app is in the title, the heading and the list with its id; the account is there twice.
        assert page.text.count(nasty) == 6
