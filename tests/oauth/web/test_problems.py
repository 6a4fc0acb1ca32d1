"""What goes wrong while connecting, as the customer sees it."""

from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from katana_async.errors import (
    ConfigurationError,
    KeyUnavailable,
    RowTampered,
    TokenStoreError,
)
from katana_async.oauth.sealing.sealed_rows import Vault
from katana_async.sandbox import faults
from tests.oauth.partner import BROWSER
from tests.oauth.web.site import Open, Page, Site

XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "javascript:alert(1)",
    "</title><svg onload=alert(1)>",
    "\r\nSet-Cookie: a=b",
    "{{7*7}}",
]


def shows(page: Page, status: int, title: str, *, retry: bool = True) -> None:
    assert (page.status, page.title) == (status, title)
    assert ('<a class="first" href="start">Try again</a>' in page.text) is retry
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


async def test_a_person_who_says_no(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.deny(await browser.begin())
    shows(await browser.get(callback), 403, "Nothing was connected")
    shows(await browser.get(callback), 403, "Nothing was connected")
    assert (await site.connect(browser)).status == 200  # "Try again" works


async def test_trying_again_leads_to_the_same_place_afterwards(site: Site) -> None:
    browser = site.browser()
    start = "start?next=%2Fsettings%3Ftab%3D%2527"
    callback = site.partner.oauth.deny(await browser.begin("?next=/settings?tab=%2527"))
    for _ in range(2):
        page = await browser.get(callback)
        assert page.status == 403
        assert f'<a class="first" href="{start}">Try again</a>' in page.text
    retry = await browser.get(f"/katana/{start}")
    page = await browser.get(site.partner.oauth.approve(retry.location))
    assert (page.status, page.location) == (303, "/settings?tab=%27")


async def test_another_browser_does_not_learn_where_the_first_one_wanted_to_go(
    site: Site,
) -> None:
    callback = site.partner.oauth.approve(await site.browser().begin("?next=/settings"))
    shows(await site.browser().get(callback), 400, "Please begin again in this browser")


async def test_trying_again_after_a_start_that_failed_leads_there_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise TokenStoreError("away")

    monkeypatch.setattr(Vault, "save_pending", away)
    page = await site.browser().get("/katana/start?next=/settings")
    assert page.status == 503
    assert 'href="start?next=%2Fsettings">Try again</a>' in page.text


async def test_the_server_refuses(site: Site) -> None:
    browser = site.browser()
    [state] = parse_qs(urlsplit(await browser.begin()).query)["state"]
    query = urlencode({"error": "server_error", "error_description": XSS[0], "state": state})
    page = await browser.get(f"/katana/callback?{query}")
    shows(page, 502, "Katana did not allow the connection")
    assert "alert" not in page.text


async def test_a_callback_that_nobody_began_or_that_was_used_long_ago(site: Site) -> None:
    browser = site.browser()
    page = await browser.get("/katana/callback?code=a&state=b")
    shows(page, 400, "This link was used already")
    callback = site.partner.oauth.approve(await browser.begin())
    assert (await browser.get(callback)).status == 200
    await site.partner.pass_time(400)
    shows(await browser.get(callback), 400, "This link was used already")
    assert site.partner.oauth.audit.count("reused") == 0


async def test_a_person_who_takes_too_long(site: Site) -> None:
    browser = site.browser()
    url = await browser.begin()
    await site.partner.pass_time(site.app.state_life + 1)
    shows(await browser.get(site.partner.oauth.approve(url)), 400, "That took too long")
    assert site.partner.requests() == 0


async def test_another_browser_than_the_one_that_began(site: Site) -> None:
    title = "Please begin again in this browser"
    callback = site.partner.oauth.approve(await site.browser().begin())
    shows(await site.browser().get(callback), 400, title)
    other = site.browser()
    await other.begin()
    shows(await other.get(callback), 400, title)
    assert site.partner.requests() == 0


async def test_a_cookie_that_came_twice_is_nobodys(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    name = "__Host-katana_connect"
    for cookies in (
        f"{name}={browser.cookie}; {name}={'a' * 43}",
        f"{name}={'a' * 43}; {name}={browser.cookie}",
        f"\xa0{name}={browser.cookie}",
    ):
        page = await site.browser().get(callback, headers={"Cookie": cookies})
        shows(page, 400, "Please begin again in this browser")
    assert (await browser.get(callback)).status == 200


async def test_another_authorization_server(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    page = await browser.get(f"{callback}&iss=https://evil.test")
    shows(page, 400, "The answer did not come from Katana")


async def test_a_callback_that_says_nothing(site: Site) -> None:
    twice = "?code=a&code=b&state=c"
    for query in ("", "?", "?code=a", "?state=a", twice, "?%FF=%FF", "?" + "a&" * 200):
        page = await site.browser().get(f"/katana/callback{query}")
        shows(page, 400, "This link does not work")


async def test_the_token_endpoint_fails(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    site.partner.sandbox.faults.add(faults.Html(502), path="/oauth/token")
    shows(await browser.get(callback), 502, "Katana did not finish the connection")
    shows(await browser.get(callback), 502, "Katana did not finish the connection")


async def test_another_account_than_before(open_site: Open) -> None:
    site = await open_site(connection_id=lambda request: "tenant-1")
    await site.connect(site.browser())
    other = site.partner.oauth.add_account(name="Südwerk", email="sue@sued.test")
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin(), other)
    shows(await browser.get(callback), 409, "That is another Katana account")
    shows(await browser.get(callback), 409, "That is another Katana account")


async def test_an_account_that_was_disconnected_before_a_reload(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    await browser.get(callback)
    [connection] = [connection async for connection in site.app.connections()]
    await site.app.disconnect(connection.id)
    shows(await browser.get(callback), 410, "The account was disconnected")


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (TokenStoreError("the disk is full"), 503, "We cannot save the connection right now"),
        (KeyUnavailable("no KMS"), 503, "We cannot save the connection right now"),
        (RowTampered("changed"), 500, "Something is wrong on our side"),
        (ConfigurationError("a setting"), 500, "Something is wrong on our side"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_something_on_the_partners_side(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, title: str
) -> None:
    async def fails(*args: Any, **kwargs: Any) -> None:
        raise error

    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    monkeypatch.setattr(site.app, "begin", fails)
    monkeypatch.setattr(site.app, "complete", fails)
    for page in (await browser.get("/katana/start"), await browser.get(callback)):
        shows(page, status, title, retry=status != 500)
        assert str(error) not in page.text


async def test_only_get_is_answered(site: Site) -> None:
    browser = site.browser()
    for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for name in ("start", "callback"):
            page = await browser.get(f"/katana/{name}", method=method)
            assert (page.status, page.headers["Allow"]) == (405, "GET")
            assert browser.cookie is None
            if method != "HEAD":
                shows(page, 405, "This page can only be looked at")


async def test_there_is_nothing_else(site: Site) -> None:
    for path in ("/", "/nothing", "/start/", "/start/start", "//start", "/Start"):
        page = await site.browser().get(f"/katana{path}")
        shows(page, 404, "There is no such page", retry=False)


async def test_no_parameter_gets_into_a_page_or_a_header(site: Site) -> None:
    for evil in XSS:
        await nothing_of(evil, site)


async def nothing_of(evil: str, site: Site) -> None:
    browser = site.browser()
    pages = [
        await browser.get(f"/katana/start?next={quote(evil)}"),
        await browser.get(f"/katana/{quote(evil, safe='')}"),
    ]
    [state] = parse_qs(urlsplit(await browser.begin()).query)["state"]
    for name in ("code", "state", "error", "error_description", "error_uri", "iss", evil):
        given = {"code": "a", "state": state, name: evil}
        if name.startswith("error_"):
            given |= {"error": "access_denied"}
        pages.append(await browser.get(f"/katana/callback?{urlencode(given)}"))
    for page in pages:
        assert page.status >= 400
        assert evil.strip() not in page.text
        assert "alert(1)" not in page.text
        assert "a=b" not in page.headers.get("Set-Cookie", "")


async def test_the_name_of_an_account_is_escaped(site: Site) -> None:
    account = site.partner.oauth.add_account(name=XSS[1], email="a@b.test")
    page = await site.connect(site.browser(), account=account)
    assert page.status == 200
    assert "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;" in page.text
    assert "<img" not in page.text


async def test_where_to_go_is_looked_at_again_when_someone_else_began(site: Site) -> None:
    url = await site.app.begin(session="a" * 43, return_to="https://evil.test/")
    browser = site.browser()
    browser.cookie = "a" * 43
    page = await browser.get(site.partner.oauth.approve(url))
    assert (page.status, page.title) == (200, "Katana is connected")
    assert BROWSER not in page.text


async def test_redirects_are_not_kept_and_tell_no_one_where_they_came_from(site: Site) -> None:
    browser = site.browser()
    begun = await browser.get("/katana/start?next=/settings")
    done = await browser.get(site.partner.oauth.approve(begun.location))
    for page in (begun, done):
        assert page.status == 303
        assert page.text == ""
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"


async def test_no_header_of_a_proxy_is_believed(site: Site) -> None:
    browser = site.browser()
    evil = {
        "Host": "evil.test",
        "X-Forwarded-Host": "evil.test",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "//evil.test",
        "Forwarded": "host=evil.test",
    }
    begun = await browser.get("/katana/start?next=/settings", headers=evil)
    assert "evil" not in begun.location
    page = await browser.get("/katana/callback", headers=evil)
    assert "evil" not in page.text


async def test_a_store_that_fails_when_tokens_are_to_be_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*args: Any) -> bool:
        raise TokenStoreError("the disk is full")

    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    monkeypatch.setattr(Vault, "save_connection", fails)
    page = await site.partner.while_time_passes(browser.get(callback))
    shows(page, 503, "We cannot save the connection right now")
    shows(await browser.get(callback), 503, "We cannot save the connection right now")
    assert site.partner.oauth.audit.count("exchanged") == 1
    # Not revoked: where grants are of a person, that could end another connection of hers.
    assert site.partner.oauth.audit.count("revoked") == 0


async def test_the_site_decides_whether_another_account_may_take_a_connections_place(
    open_site: Open,
) -> None:
    done: list[Any] = []

    async def switches(request: Any) -> bool:
        query = request["query_string"].decode() if "query_string" in request else str(request.url)
        return "switch=yes" in query

    site = await open_site(
        connection_id=lambda _: "tenant",
        any_account=switches,
        on_connected=lambda _, connection: done.append(connection),
    )
    browser = site.browser()
    await site.connect(browser)
    other = site.partner.oauth.add_account(name="Other Company", email="eve@other.example")
    shows(await site.connect(browser, account=other), 409, "That is another Katana account")
    assert len(done) == 1
    page = await site.connect(browser, "?switch=yes", account=other)
    assert page.status == 200
    assert done[1].previous_account == done[0].account


async def test_an_account_that_cannot_be_read_replaces_none(open_site: Open) -> None:
    site = await open_site(connection_id=lambda _: "tenant")
    browser = site.browser()
    await site.connect(browser)
    site.partner.sandbox.faults.add(faults.Status(500), path="/factory", times=None)
    page = await site.partner.while_time_passes(site.connect(browser), step=0.5)
    shows(page, 502, "Katana did not finish the connection")


async def test_a_hook_that_answers_neither_yes_nor_no_is_refused(open_site: Open) -> None:
    site = await open_site(any_account=lambda _: "no")
    with pytest.raises(AssertionError):
        await site.browser().begin()
