"""A person at a browser."""

import re
from typing import Any

from attrs import define, field
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.oauth.partner import Partner

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@define(eq=False, slots=False)  # playwright sets attributes on the owner of a listener
class Desk:
    """A browser at a partner's site.

    Attributes:
        partner: The partner, and its customers' Katana.
        url: The address of the site.
        browser: The browser.
        complaints: The browser's messages about a page: policy violations and script errors.
    """

    partner: Partner
    url: str
    browser: Browser
    complaints: list[str] = field(factory=list)
    _profiles: list[BrowserContext] = field(factory=list)

    async def profile(self, **options: Any) -> BrowserContext:
        """Return a fresh profile: what another browser would be."""
        profile = await self.browser.new_context(**{"viewport": DESKTOP, **options})
        profile.set_default_timeout(10_000)
        profile.on("console", self._hear)
        self._profiles.append(profile)
        return profile

    async def tab(self, path: str | None = None, **options: Any) -> Page:
        """Return a page of a fresh profile, at a path of the site."""
        page = await (await self.profile(**options)).new_page()
        if path is not None:
            await page.goto(f"{self.url}{path}")
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # Tests expect pages with an error status.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    async def close(self) -> None:
        """Close all profiles."""
        for profile in self._profiles:
            await profile.close()

    # -- actions of the person

    async def approve(self, page: Page) -> None:
        """Click on Approve, and wait until the browser is back at the site."""
        await page.get_by_role("button", name="Approve").click()
        await page.wait_for_url(f"{self.url}/**")

    async def deny(self, page: Page) -> None:
        """Click on Deny, and wait until the browser is back at the site."""
        await page.get_by_role("button", name="Deny").click()
        await page.wait_for_url(f"{self.url}/**")

    async def sees(self, page: Page, title: str) -> None:
        """Look whether a page has a title."""
        await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(title))

    # -- what Katana saw

    @property
    def exchanges(self) -> int:
        """How many codes were exchanged, or tried to be."""
        return self.partner.requests("/oauth/token")
