"""The hook `user`: only the user that began a connection can finish it."""

import logging
from typing import Any

import pytest
from attrs import define, field

from katana_async.oauth import Completed
from tests.oauth.web.site import Browser, Open, Page, Site

OTHER = "Please begin again in this browser"


@define(eq=False)
class Shop:
    """A partner's site on which users sign in and out in one browser."""

    signed_in: str | None = "alice"
    owners: dict[str, str | None] = field(factory=dict)

    def user(self, _request: Any) -> str | None:
        return self.signed_in

    async def user_later(self, _request: Any) -> str | None:
        return self.signed_in

    def on_connected(self, _request: Any, connection: Completed) -> None:
        self.owners[connection.id] = self.signed_in


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def approve(site: Site, browser: Browser) -> tuple[str, Page]:
    callback = site.partner.oauth.approve(await browser.begin())
    return callback, await browser.get(callback)


async def test_another_user_does_not_get_the_connection_of_the_first(
    open_site: Open, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "katana_async")
    site = await open_site(user=shop.user, on_connected=shop.on_connected)
    browser = site.browser()
    callback, page = await approve(site, browser)
    assert page.status == 200
    for user in ("bob", None, "", "alice "):
        shop.signed_in = user
        page = await browser.get(callback)
        assert (page.status, page.title) == (400, OTHER)
        assert "Nordwall" not in page.text
    assert list(shop.owners.values()) == ["alice"]
    assert "OtherBrowser" in caplog.text
    assert "alice" not in caplog.text
    assert "bob" not in caplog.text
    shop.signed_in = "alice"
    assert (await browser.get(callback)).status == 200


async def test_an_approval_of_another_user_is_not_stored_for_the_first(
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


async def test_a_start_without_a_user_is_finished_without_a_user(
    open_site: Open, shop: Shop
) -> None:
    site = await open_site(user=shop.user)
    shop.signed_in = None
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    for user in ("alice", ""):
        shop.signed_in = user
        assert (await browser.get(callback)).title == OTHER
    shop.signed_in = None
    assert (await browser.get(callback)).status == 200


async def test_another_browser_of_the_same_user_cannot_finish(open_site: Open, shop: Shop) -> None:
    site = await open_site(user=shop.user)
    callback = site.partner.oauth.approve(await site.browser().begin())
    other = site.browser()
    assert (await other.get(callback)).title == OTHER
    await other.begin()
    assert (await other.get(callback)).title == OTHER


async def test_the_hook_is_not_called_without_permission(open_site: Open, shop: Shop) -> None:
    calls: list[Any] = []
    site = await open_site(user=calls.append, allowed=lambda _: False)
    assert (await site.browser().get("/katana/start")).status == 403
    assert (await site.browser().get("/katana/callback?code=a&state=b")).status == 403
    assert calls == []
