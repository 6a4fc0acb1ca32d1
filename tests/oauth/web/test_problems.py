"""Problems while connecting, as the customer sees them."""

from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from katana_async import errors
from katana_async.errors import (
    ConfigurationError,
    KeyUnavailable,
    RowTampered,
    TokenStoreError,
)
from katana_async.oauth.sealing.sealed_rows import SealedRows
from katana_async.oauth.web.pages import _BY_ERROR
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


def check_page(page: Page, status: int, title: str, *, retry: bool = True) -> None:
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


def test_the_table_names_errors_that_exist() -> None:
    assert [name for name in _BY_ERROR if not hasattr(errors, name)] == []
    assert "KatanaError" in _BY_ERROR


async def test_the_person_denies(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.deny(await browser.begin())
    check_page(await browser.get(callback), 403, "Nothing was connected")
    check_page(await browser.get(callback), 403, "Nothing was connected")
    assert (await site.connect(browser)).status == 200  # "Try again" works


async def test_the_link_to_try_again_keeps_next(site: Site) -> None:
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


async def test_another_browser_does_not_get_the_next_of_the_first(
    site: Site,
) -> None:
    callback = site.partner.oauth.approve(await site.browser().begin("?next=/settings"))
    check_page(await site.browser().get(callback), 400, "Please begin again in this browser")


async def test_the_link_after_a_failed_start_keeps_next(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise TokenStoreError("away")

    monkeypatch.setattr(SealedRows, "save_pending", fail)
    page = await site.browser().get("/katana/start?next=/settings")
    assert page.status == 503
    assert 'href="start?next=%2Fsettings">Try again</a>' in page.text


async def test_the_server_refuses(site: Site) -> None:
    browser = site.browser()
    [state] = parse_qs(urlsplit(await browser.begin()).query)["state"]
    query = urlencode({"error": "server_error", "error_description": XSS[0], "state": state})
    page = await browser.get(f"/katana/callback?{query}")
    check_page(page, 502, "Katana did not allow the connection")
    assert "alert" not in page.text


async def test_an_unknown_or_old_callback(site: Site) -> None:
    browser = site.browser()
    page = await browser.get("/katana/callback?code=a&state=b")
    check_page(page, 400, "This link was used already")
    callback = site.partner.oauth.approve(await browser.begin())
    assert (await browser.get(callback)).status == 200
    await site.partner.pass_time(400)
    check_page(await browser.get(callback), 400, "This link was used already")
    assert site.partner.oauth.audit.count("reused") == 0


async def test_the_person_takes_too_long(site: Site) -> None:
    browser = site.browser()
    url = await browser.begin()
    await site.partner.pass_time(site.app.state_life + 1)
    check_page(await browser.get(site.partner.oauth.approve(url)), 400, "That took too long")
    assert site.partner.requests() == 0


async def test_another_browser_than_the_first(site: Site) -> None:
    title = "Please begin again in this browser"
    callback = site.partner.oauth.approve(await site.browser().begin())
    check_page(await site.browser().get(callback), 400, title)
    other = site.browser()
    await other.begin()
    check_page(await other.get(callback), 400, title)
    assert site.partner.requests() == 0


async def test_a_cookie_that_came_twice_is_ignored(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    name = "__Host-katana_connect"
    for cookies in (
        f"{name}={browser.cookie}; {name}={'a' * 43}",
        f"{name}={'a' * 43}; {name}={browser.cookie}",
        f"\xa0{name}={browser.cookie}",
    ):
        page = await site.browser().get(callback, headers={"Cookie": cookies})
        check_page(page, 400, "Please begin again in this browser")
    assert (await browser.get(callback)).status == 200


async def test_another_authorization_server(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    page = await browser.get(f"{callback}&iss=https://evil.test")
    check_page(page, 400, "The answer did not come from Katana")


async def test_a_callback_without_its_parameters(site: Site) -> None:
    twice = "?code=a&code=b&state=c"
    for query in ("", "?", "?code=a", "?state=a", twice, "?%FF=%FF", "?" + "a&" * 200):
        page = await site.browser().get(f"/katana/callback{query}")
        check_page(page, 400, "This link does not work")


async def test_the_token_endpoint_fails(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    site.partner.sandbox.faults.add(faults.Html(502), path="/oauth/token")
    check_page(await browser.get(callback), 502, "Katana did not finish the connection")
    check_page(await browser.get(callback), 502, "Katana did not finish the connection")


async def test_another_account_than_before(open_site: Open) -> None:
    site = await open_site(connection_id=lambda request: "tenant-1")
    await site.connect(site.browser())
    other = site.partner.oauth.add_account(name="Südwerk", email="sue@sued.test")
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin(), other)
    check_page(await browser.get(callback), 409, "That is another Katana account")
    check_page(await browser.get(callback), 409, "That is another Katana account")


async def test_an_account_that_was_disconnected_before_a_reload(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    await browser.get(callback)
    [connection] = [connection async for connection in site.app.connections()]
    await site.app.disconnect(connection.id)
    check_page(await browser.get(callback), 410, "The account was disconnected")


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
async def test_an_error_on_the_partners_side(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, title: str
) -> None:
    async def fails(*args: Any, **kwargs: Any) -> None:
        raise error

    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    monkeypatch.setattr(site.app, "begin", fails)
    monkeypatch.setattr(site.app, "complete", fails)
    for page in (await browser.get("/katana/start"), await browser.get(callback)):
        check_page(page, status, title, retry=status != 500)
        assert str(error) not in page.text


async def test_only_get_is_answered(site: Site) -> None:
    browser = site.browser()
    for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for name in ("start", "callback"):
            page = await browser.get(f"/katana/{name}", method=method)
            assert (page.status, page.headers["Allow"]) == (405, "GET")
            assert browser.cookie is None
            if method != "HEAD":
                check_page(page, 405, "This page can only be looked at")


async def test_other_paths_are_not_found(site: Site) -> None:
    for path in ("/", "/nothing", "/start/", "/start/start", "//start", "/Start"):
        page = await site.browser().get(f"/katana{path}")
        check_page(page, 404, "There is no such page", retry=False)


async def test_no_parameter_gets_into_a_page_or_a_header(site: Site) -> None:
    for evil in XSS:
        await check_that_nothing_is_reflected(evil, site)


async def check_that_nothing_is_reflected(evil: str, site: Site) -> None:
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


async def test_a_destination_of_other_code_is_checked_again(site: Site) -> None:
    url = await site.app.begin(session="a" * 43, return_to="https://evil.test/")
    browser = site.browser()
    browser.cookie = "a" * 43
    page = await browser.get(site.partner.oauth.approve(url))
    assert (page.status, page.title) == (200, "Katana is connected")
    assert BROWSER not in page.text


async def test_redirects_are_not_cached_and_send_no_referrer(site: Site) -> None:
    browser = site.browser()
    begun = await browser.get("/katana/start?next=/settings")
    done = await browser.get(site.partner.oauth.approve(begun.location))
    for page in (begun, done):
        assert page.status == 303
        assert page.text == ""
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"


async def test_headers_of_proxies_are_ignored(site: Site) -> None:
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


async def test_the_store_fails_after_the_exchange(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*args: Any) -> bool:
        raise TokenStoreError("the disk is full")

    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    monkeypatch.setattr(SealedRows, "save_connection", fails)
    page = await site.partner.while_time_passes(browser.get(callback))
    check_page(page, 503, "We cannot save the connection right now")
    check_page(await browser.get(callback), 503, "We cannot save the connection right now")
    assert site.partner.oauth.audit.count("exchanged") == 1
    # Not revoked: where a grant belongs to a person, that could end another connection.
    assert site.partner.oauth.audit.count("revoked") == 0


async def test_any_account_decides_whether_another_account_may_replace_the_first(
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
    check_page(await site.connect(browser, account=other), 409, "That is another Katana account")
    assert len(done) == 1
    page = await site.connect(browser, "?switch=yes", account=other)
    assert page.status == 200
    assert done[1].previous_account == done[0].account


async def test_an_unknown_account_does_not_replace_the_first(open_site: Open) -> None:
    site = await open_site(connection_id=lambda _: "tenant")
    browser = site.browser()
    await site.connect(browser)
    site.partner.sandbox.faults.add(faults.Status(500), path="/factory", times=None)
    page = await site.partner.while_time_passes(site.connect(browser), step=0.5)
    check_page(page, 502, "Katana did not finish the connection")


async def test_any_account_must_return_a_bool(open_site: Open) -> None:
    site = await open_site(any_account=lambda _: "no")
    with pytest.raises(AssertionError):
        await site.browser().begin()
