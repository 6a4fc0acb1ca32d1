"""How a real browser reads the addresses that are taken, and those that are refused."""

import random

import pytest
from playwright.async_api import Browser

from katana_async.oauth.web import is_local
from tests.oauth.browser.desk import Desk
from tests.oauth.web.tricks import ALPHABET, PATHS, TRICKS

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = "https://app.test/katana/callback"
_READ = """
([addresses, here]) => addresses.map(address => {
  try { return new URL(address, here).origin } catch { return null }
})
"""


async def test_the_browser_stays_on_the_site_with_whatever_is_taken(chromium: Browser) -> None:
    chance = random.Random(1)
    pieces = [*ALPHABET, *["a", "/", ".", "..", "?", "#", "%20", "evil.test"] * 8]
    made = ("/" + "".join(chance.choices(pieces, k=chance.randint(1, 8))) for _ in range(20_000))
    taken = [*PATHS, *{address for address in made if is_local(address)}]
    assert len(taken) > 1_000
    page = await chromium.new_page()
    assert set(await page.evaluate(_READ, [taken, HERE])) == {"https://app.test"}
    # And the refused addresses include many that would have led away.
    tricks = [trick for trick in TRICKS if isinstance(trick, str) and "\ud800" not in trick]
    origins = await page.evaluate(_READ, [tricks, HERE])
    assert origins.count("https://evil.test") > 15
    await page.close()


async def test_the_browser_goes_where_it_was_to_go(desk: Desk) -> None:
    page = await desk.tab()
    for path in ("/?a=b%2Fc&d[]=1#top", "/?next=https://evil.test//", "/style.css"):
        quoted = path.replace("%", "%25").replace("&", "%26").replace("#", "%23")
        await page.goto(f"{desk.url}/katana/start?next={quoted}")
        await desk.approve(page)
        assert page.url == f"{desk.url}{path}"
    await page.goto(f"{desk.url}/katana/start?next=/%5Cevil.test")
    await desk.sees(page, "This link does not work")
