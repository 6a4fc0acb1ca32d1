"""Connecting in a real browser: consent page, cookie, double clicks, back, tabs, other browsers."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.oauth.browser.desk import Desk
from tests.oauth.partner import DAY

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUCCESS = "Katana is connected"


async def test_an_account_is_connected_used_and_disconnected(desk: Desk) -> None:
    page = await desk.tab("/")
    await page.get_by_role("link", name="Connect Katana").click()
    await desk.sees(page, "wants to connect to Katana")
    await desk.approve(page)
    assert page.url == f"{desk.url}/"
    await expect(page.get_by_role("listitem")).to_contain_text(["connected"])
    await page.get_by_role("link", name="Nordwall").click()
    await expect(page.locator("main")).to_contain_text("20 products")
    await page.get_by_role("link", name="Back").click()
    await page.get_by_role("button", name="Disconnect").click()
    await expect(page.locator("main")).to_contain_text("No Katana account is connected")
    assert desk.partner.oauth.audit.count("revoked") == 0


async def test_the_browser_keeps_the_cookie_as_it_should(desk: Desk) -> None:
    page = await desk.tab("/katana/start")
    [cookie] = await page.context.cookies(desk.url)
    assert cookie["name"] == "__Host-katana_connect"
    assert cookie["secure"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert (cookie["domain"], cookie["path"]) == ("localhost", "/")
    # Katana is another site to the browser: the cookie is not sent there, and comes back with it.
    assert not await page.context.cookies(desk.partner.oauth.url)
    await desk.approve(page)
    await desk.sees(page, SUCCESS)
    assert await page.evaluate("document.cookie") == ""
    assert not any("__Host" in str(seen.cookies) for seen in desk.partner.sandbox.journal)


async def test_reload_back_and_forward_show_the_same_with_one_exchange(desk: Desk) -> None:
    page = await desk.tab("/")
    await page.goto(f"{desk.url}/katana/start")
    await desk.approve(page)
    await desk.sees(page, SUCCESS)
    await page.reload()
    await desk.sees(page, SUCCESS)
    await page.get_by_role("link", name="Continue").click()
    await page.wait_for_url(f"{desk.url}/")
    await page.go_back()
    await desk.sees(page, SUCCESS)
    await page.go_back()
    await page.go_forward()
    await desk.sees(page, SUCCESS)
    assert desk.exchanges == 1
    await page.goto(f"{desk.url}/")
    await expect(page.get_by_role("listitem")).to_have_count(1)


async def test_a_callback_that_is_opened_many_times_at_once_is_exchanged_once(desk: Desk) -> None:
    page = await desk.tab("/katana/start")
    callback = desk.partner.oauth.approve(page.url)
    tabs = [page, *[await page.context.new_page() for _ in range(3)]]
    await asyncio.gather(*(tab.goto(callback) for tab in tabs))
    for tab in tabs:
        await desk.sees(tab, SUCCESS)
    # As a double click on a link does: the second asks before the first was answered.
    await page.evaluate("url => { location = url; location = url }", callback)
    await desk.sees(page, SUCCESS)
    assert desk.exchanges == 1
    assert desk.partner.oauth.audit.count("reused") == 0


async def test_a_person_who_refuses_can_try_again(desk: Desk) -> None:
    page = await desk.tab("/katana/start")
    await desk.deny(page)
    await desk.sees(page, "Nothing was connected")
    await page.reload()
    await desk.sees(page, "Nothing was connected")
    await page.get_by_role("link", name="Try again").click()
    await desk.approve(page)
    await desk.sees(page, SUCCESS)
    assert desk.exchanges == 1


async def test_a_connection_is_mended_although_the_first_try_went_wrong(desk: Desk) -> None:
    page = await desk.tab("/katana/start?next=/")
    await desk.approve(page)
    desk.partner.oauth.kill("grant-1")
    desk.partner.server_clock.advance(DAY + 1)
    await page.get_by_role("link", name="Nordwall").click()
    await desk.sees(page, "The call failed")
    await page.get_by_role("link", name="Back").click()
    await page.get_by_role("link", name="Connect again").click()
    await desk.deny(page)
    await page.get_by_role("link", name="Try again").click()
    await desk.approve(page)
    await expect(page.locator("main")).to_contain_text("20 products")
    await page.get_by_role("link", name="Back").click()
    await expect(page.get_by_role("listitem")).to_have_count(1)
    await expect(page.get_by_role("listitem")).to_contain_text("connected")


async def test_connecting_works_only_on_the_host_of_the_redirect_uri(desk: Desk) -> None:
    page = await desk.tab()
    await page.goto(f"{desk.url.replace('localhost', '127.0.0.1')}/katana/start")
    await desk.approve(page)
    await desk.sees(page, "begin again in this browser")
    await page.get_by_role("link", name="Try again").click()
    await desk.approve(page)
    await desk.sees(page, SUCCESS)


async def test_two_tabs_complete_their_own_authorizations(desk: Desk) -> None:
    one = await desk.tab("/katana/start?next=/?tab=one")
    other = await one.context.new_page()
    await other.goto(f"{desk.url}/katana/start?next=/?tab=other")
    await desk.approve(one)
    await desk.approve(other)
    assert one.url == f"{desk.url}/?tab=one"
    assert other.url == f"{desk.url}/?tab=other"
    await expect(other.get_by_role("listitem")).to_have_count(2)


async def test_another_browser_cannot_finish(desk: Desk) -> None:
    page = await desk.tab("/katana/start")
    callback = desk.partner.oauth.approve(page.url)
    stranger = await desk.tab()
    victim = await desk.tab("/katana/start")  # has a cookie of its own
    for other in (stranger, victim):
        await other.goto(callback)
        await desk.sees(other, "begin again in this browser")
    assert desk.exchanges == 0
    await page.goto(callback)
    await desk.sees(page, SUCCESS)


async def test_a_late_callback_gets_a_page_of_its_own(desk: Desk) -> None:
    page = await desk.tab("/katana/start")
    callback = desk.partner.oauth.approve(page.url)
    desk.partner.server_clock.advance(601)
    await page.goto(callback)
    await desk.sees(page, "That took too long")
    assert desk.exchanges == 0
    await page.get_by_role("link", name="Try again").click()
    await desk.approve(page)
    await desk.sees(page, SUCCESS)


async def test_the_pages_cannot_be_framed(desk: Desk) -> None:
    page = await desk.tab()
    await page.set_content(f'<iframe src="{desk.url}/katana/callback"></iframe>')
    await page.frames[1].wait_for_load_state()
    assert "This link does not work" not in await page.frames[1].locator("body").inner_text()
    [said] = desk.complaints
    assert "frame-ancestors 'none'" in said
    desk.complaints.clear()


async def test_another_site_cannot_begin_and_the_person_can_go_on(desk: Desk) -> None:
    page = await desk.tab()
    # Katana's host is another site than the partner's: here it plays the one that means harm.
    await page.route(
        f"{desk.partner.oauth.url}/evil",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<script>location = "{desk.url}/katana/start?next=/"</script>',
        ),
    )
    await page.goto(f"{desk.partner.oauth.url}/evil")
    await desk.sees(page, "Do you want to connect Katana?")
    assert not await page.context.cookies(desk.url)
    await page.get_by_role("link", name="Connect Katana").click()
    await desk.approve(page)
    assert page.url == f"{desk.url}/"
