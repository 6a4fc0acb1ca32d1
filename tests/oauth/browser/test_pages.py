"""How the pages look, on a phone and on a desktop."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.oauth.browser.desk import DESKTOP, PHONE, Desk
from tests.oauth.partner import DAY

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("desk", ["aiohttp_partner"], indirect=True)
@pytest.mark.parametrize(
    ("size", "scheme"),
    [(PHONE, "light"), (DESKTOP, "light"), (PHONE, "dark")],
    ids=["phone", "desktop", "phone in the dark"],
)
async def test_every_page_fits_and_is_styled(
    desk: Desk, pictures: Path, size: dict[str, int], scheme: str
) -> None:
    names = iter(range(1, 20))
    kind = f"{'phone' if size is PHONE else 'desktop'}-{scheme}"
    desk.partner.oauth.add_account(name="Oak & Sons", email="olga@oak.example")
    desk.partner.oauth.add_account(name="M" * 80, email="long@word.example")

    async def look(page: Page, name: str) -> None:
        picture = pictures / f"{kind}-{next(names)}-{name}.png"
        await page.screenshot(path=picture, full_page=True)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{name} has to be scrolled sideways"
        main = await page.locator("main").bounding_box()
        assert main is not None
        assert main["width"] <= 640, f"{name} has no style"

    page = await desk.tab("/", viewport=size, color_scheme=scheme)
    await look(page, "nothing-connected")
    await page.get_by_role("link", name="Connect Katana").click()
    await look(page, "consent")
    await desk.deny(page)
    await look(page, "denied")
    await page.get_by_role("link", name="Try again").click()
    await desk.approve(page)
    await look(page, "connected")
    await page.goto(f"{desk.url}/katana/callback?code=a&state=b")
    await look(page, "unknown")
    await page.goto(f"{desk.url}/katana/start?next=/")
    await page.get_by_label("Account").select_option(index=1)
    await desk.approve(page)
    await look(page, "connections")
    await page.get_by_role("link", name="Oak & Sons").click()
    await look(page, "connection")
    await page.goto(f"{desk.url}/katana/start")
    await page.get_by_label("Account").select_option(index=2)
    await desk.approve(page)
    await look(page, "success")
    desk.partner.oauth.kill("grant-3")
    desk.partner.server_clock.advance(DAY + 1)
    await page.get_by_role("link", name="Continue").click()
    await page.get_by_role("link", name="MMM").click()
    await look(page, "ended")
    await page.get_by_role("link", name="Back").click()
    await look(page, "to-be-mended")
    await page.get_by_role("link", name="Connect again").click()
    await page.get_by_label("Account").select_option(index=2)
    await desk.approve(page)
    await look(page, "long-name")
    await page.goto(f"{desk.url}/connections/nothing")
    await look(page, "no-connection")
