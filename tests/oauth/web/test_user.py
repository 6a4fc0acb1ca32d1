"""What one person began, no other who signs in in the same browser can finish or be told of."""

import logging
from typing import Any

import pytest
from attrs import define, field

from katana_async.oauth import Completed
from tests.oauth.web.site import Browser, Open, Page, Site

OTHER = "Please begin again in this browser"


@define(eq=False)
class Shop:
    """A partner's site at which one browser signs in and out."""

    signed_in: str | None = "alice"
    owners: dict[str, str | None] = field(factory=dict)

    def user(self, _request: Any) -> str | None:
        return self.signed_in

    async def user_later(self, _request: Any) -> str | None:
        return self.signed_in

    def connected(self, _request: Any, connection: Completed) -> None:
        self.owners[connection.id] = self.signed_in


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def comes_back(site: Site, browser: Browser) -> tuple[str, Page]:
    callback = site.partner.oauth.approve(await browser.begin())
    return callback, await browser.get(callback)


async def test_who_signs_in_later_is_not_given_what_another_connected(
    open_site: Open, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "katana_async")
    site = await open_site(user=shop.user, on_connected=shop.connected)
    browser = site.browser()
    callback, page = await comes_back(site, browser)
    assert page.status == 200
    for somebody in ("bob", None, "", "alice "):
        shop.signed_in = somebody
        page = await browser.get(callback)
        assert (page.status, page.title) == (400, OTHER)
        assert "Nordwall" not in page.text
    assert list(shop.owners.values()) == ["alice"]
    assert "OtherBrowser" in caplog.text
    assert "alice" not in caplog.text
    assert "bob" not in caplog.text
    shop.signed_in = "alice"
    assert (await browser.get(callback)).status == 200


async def test_what_another_approves_is_not_stored_for_who_began(
    open_site: Open, shop: Shop
) -> None:
    site = await open_site(user=shop.user_later, connection_id=shop.user)
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    shop.signed_in = "bob"
    assert (await browser.get(callback)).title == OTHER
    assert site.partner.requests() == 0
    assert [connection async for connection in site.app.connections()] == []
    shop.signed_in = "alice"
    assert (await browser.get(callback)).status == 200


async def test_nobody_finishes_what_nobody_began_and_no_one_else_does(
    open_site: Open, shop: Shop
) -> None:
    site = await open_site(user=shop.user)
    shop.signed_in = None
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    for somebody in ("alice", ""):
        shop.signed_in = somebody
        assert (await browser.get(callback)).title == OTHER
    shop.signed_in = None
    assert (await browser.get(callback)).status == 200


async def test_another_browser_of_the_same_person_still_is_another(
    open_site: Open, shop: Shop
) -> None:
    site = await open_site(user=shop.user)
    callback = site.partner.oauth.approve(await site.browser().begin())
    other = site.browser()
    assert (await other.get(callback)).title == OTHER
    await other.begin()
    assert (await other.get(callback)).title == OTHER


async def test_the_hook_is_asked_only_once_somebody_is_allowed(open_site: Open, shop: Shop) -> None:
    asked: list[Any] = []
    site = await open_site(user=asked.append, allowed=lambda _: False)
    assert (await site.browser().get("/katana/start")).status == 403
    assert (await site.browser().get("/katana/callback?code=a&state=b")).status == 403
    assert asked == []
