"""Connecting in a browser over HTTP, and the attributes of the cookie."""

import asyncio
import logging
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from katana_async.errors import ConfigurationError
from katana_async.oauth import Completed
from katana_async.oauth.web import ConnectProblem, connect_app, connect_asgi
from tests.oauth.partner import Partner
from tests.oauth.web.site import COOKIE, Open, Site


def state_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


async def test_the_page_names_the_connected_account(site: Site) -> None:
    browser = site.browser()
    page = await site.connect(browser)
    assert (page.status, page.title) == (200, "Katana is connected")
    assert "Nordwall" in page.text
    [connection] = [connection async for connection in site.app.connections()]
    assert connection.id not in page.text


async def test_the_browser_goes_on_to_next(site: Site) -> None:
    browser = site.browser()
    page = await site.connect(browser, "?next=" + quote("/settings?tab=katana#top"))
    assert (page.status, page.location) == (303, "/settings?tab=katana#top")
    assert (await browser.get(page.location)).text == "afterwards"


async def test_the_cookie_is_protected_from_scripts_sites_and_hosts(site: Site) -> None:
    page = await site.browser().get("/katana/start")
    [morsel] = SimpleCookie(page.headers["Set-Cookie"]).values()
    assert morsel.key == COOKIE
    assert len(morsel.value) == 43
    assert morsel["secure"]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    assert morsel["path"] == "/"
    assert morsel["domain"] == ""  # `__Host-` allows none
    assert int(morsel["max-age"]) == site.app.state_life + 300
    assert morsel["expires"] == ""


async def test_two_browsers_get_two_cookies(site: Site) -> None:
    one, other = site.browser(), site.browser()
    await one.begin()
    await other.begin()
    assert one.cookie != other.cookie


async def test_two_tabs_share_a_cookie_and_both_finish(site: Site) -> None:
    browser = site.browser()
    first = await browser.begin("?next=/first")
    cookie = browser.cookie
    second = await browser.begin("?next=/second")
    assert browser.cookie == cookie
    assert state_of(first) != state_of(second)
    approve = site.partner.oauth.approve
    assert (await browser.get(approve(second))).location == "/second"
    assert (await browser.get(approve(first))).location == "/first"


TAMPERED = [
    f"{COOKIE}=",
    f"{COOKIE}=short",
    f"{COOKIE}={'a' * 44}",
    f"{COOKIE}={'a' * 42}!",
    f'{COOKIE}="{"a" * 43}"',
    f"{COOKIE}={'a' * 43}; {COOKIE}={'b' * 43}",
    f"\xa0{COOKIE}={'a' * 43}",
    f"\x85{COOKIE}={'a' * 43}",
    f"{COOKIE.lower()}={'a' * 43}",
    f"{COOKIE}={'a' * 4000}",
    f"$Version=1; {COOKIE}",
    "=; ;;=",
]


async def test_an_invalid_cookie_is_replaced(site: Site) -> None:
    for sent in TAMPERED:
        page = await site.browser().get("/katana/start", headers={"Cookie": sent})
        [value] = [morsel.value for morsel in SimpleCookie(page.headers["Set-Cookie"]).values()]
        assert len(value) == 43, sent
        assert value not in ("a" * 43, "b" * 43), sent


async def test_the_cookie_is_found_among_others(site: Site) -> None:
    browser = site.browser()
    url = await browser.begin()
    others = f"session=x=y; {COOKIE}={browser.cookie}; theme=dark"
    page = await browser.get(site.partner.oauth.approve(url), headers={"Cookie": others})
    assert page.status == 200


async def test_the_same_callback_shows_the_same_page_with_one_exchange(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    clicks = asyncio.gather(*(browser.get(callback) for _ in range(3)))
    pages = await site.partner.while_time_passes(clicks)
    pages.append(await browser.get(callback))
    assert {(page.status, page.text) for page in pages} == {(200, pages[0].text)}
    assert site.partner.oauth.audit.count("exchanged") == 1
    assert site.partner.oauth.audit.count("reused") == 0


async def test_hooks_may_be_functions_or_coroutines(open_site: Open) -> None:
    seen: list[Any] = []
    ids = iter(["tenant-1", "tenant-2"])

    async def allow(request: Any) -> bool:
        return True

    async def on_connected(request: Any, connection: Completed) -> None:
        seen.append((request, connection))

    site = await open_site(
        allowed=allow, connection_id=lambda request: next(ids), on_connected=on_connected
    )
    await site.connect(site.browser())
    await site.connect(site.browser())
    assert [connection.id for _, connection in seen] == ["tenant-1", "tenant-2"]
    request = seen[0][0]
    path = request["path"] if isinstance(request, dict) else request.path
    assert path == "/katana/callback"


async def test_a_reload_calls_on_connected_as_repeated(open_site: Open) -> None:
    repeated: list[bool] = []
    site = await open_site(on_connected=lambda request, done: repeated.append(done.repeated))
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    await browser.get(callback)
    await browser.get(callback)
    assert repeated == [False, True]


async def test_without_permission_nothing_begins_and_no_code_is_spent(open_site: Open) -> None:
    signed_in = [True, False, True]
    site = await open_site(allowed=lambda request: signed_in.pop(0))
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    page = await browser.get(callback)
    assert (page.status, page.title) == (403, "Please sign in first")
    assert site.partner.requests() == 0
    assert (await browser.get(callback)).status == 200

    signed_in.append(False)
    stranger = site.browser()
    page = await stranger.get("/katana/start")
    assert page.status == 403
    assert stranger.cookie is None


async def test_own_pages_are_shown(open_site: Open) -> None:
    class OwnPages:
        policy = "default-src 'self'"

        def success(self, connection: Completed) -> str:
            return f"gelukt: {connection.account and connection.account.email} \ud800"

        def error(self, problem: ConnectProblem) -> str:
            return f"mislukt: {problem.kind} {problem.status} {problem.retry}"

    site = await open_site(pages=OwnPages())
    page = await site.connect(site.browser())
    assert page.text.startswith("gelukt: ")
    assert "@" in page.text
    assert page.headers["Content-Security-Policy"] == "default-src 'self'"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert (await site.browser().get("/katana/callback")).text == "mislukt: unusable 400 start"


@pytest.mark.parametrize("mount", [connect_app, connect_asgi])
@pytest.mark.parametrize("path", ["", "/", "/katana/", "/start", "/katana/start"])
async def test_a_redirect_uri_without_the_name_of_a_route_is_refused(
    partner: Partner, mount: Any, path: str
) -> None:
    app = partner.app(redirect_uri=f"https://app.test{path}")
    with pytest.raises(ConfigurationError, match="redirect_uri must end in the name of a route"):
        mount(app)


async def test_the_callback_has_the_last_name_of_the_redirect_uri(open_site: Open) -> None:
    site = await open_site({"redirect_uri": "https://app.test/elsewhere/katana-return"})
    assert (await site.browser().get("/katana/callback")).status == 404
    assert (await site.browser().get("/katana/katana-return")).status == 400


async def test_no_secret_of_a_browser_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "katana_async")
    browser = site.browser()
    url = await browser.begin()
    assert browser.cookie is not None
    callback = site.partner.oauth.approve(url)
    assert (await site.browser().get(callback)).status == 400
    await browser.get(callback)
    await browser.get(callback.replace("code=", "code=x"))
    [code] = parse_qs(urlsplit(callback).query)["code"]
    assert "OtherBrowser" in caplog.text
    assert "StateUnknown" in caplog.text
    for secret in (browser.cookie, state_of(url), code):
        assert secret not in caplog.text
