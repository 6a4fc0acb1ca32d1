"""Starts from other sites: Sec-Fetch-Site decides, and the person may begin on the page."""

import logging
from typing import Any

import pytest

from tests.oauth.web.site import Open, Site

REASON = "the marketplace links here"


async def test_a_start_from_another_site_gets_a_page_that_asks(site: Site) -> None:
    browser = site.browser()
    page = await browser.get("/katana/start", headers={"Sec-Fetch-Site": "cross-site"})
    assert (page.status, page.title) == (403, "Do you want to connect Katana?")
    assert '<a class="first" href="start">Connect Katana</a>' in page.text
    assert "Set-Cookie" not in page.headers
    assert browser.cookie is None


@pytest.mark.parametrize("value", ["cross-site", "CROSS-SITE", "", "other", "same-origin, none"])
async def test_other_values_are_refused(site: Site, value: str) -> None:
    page = await site.browser().get("/katana/start", headers={"Sec-Fetch-Site": value})
    assert page.status == 403


@pytest.mark.parametrize("value", ["same-origin", "same-site", "none"])
async def test_links_of_this_site_and_typed_addresses_begin(site: Site, value: str) -> None:
    page = await site.browser().get("/katana/start", headers={"Sec-Fetch-Site": value})
    assert page.status == 303


async def test_a_browser_without_the_header_begins(site: Site) -> None:
    assert (await site.browser().get("/katana/start")).status == 303


async def test_the_callback_may_come_from_another_site(site: Site) -> None:
    browser = site.browser()
    callback = site.partner.oauth.approve(await browser.begin())
    page = await browser.get(callback, headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status == 200


@pytest.mark.parametrize(
    ("query", "href"),
    [
        ("?next=/settings", "start?next=%2Fsettings"),
        ("?next=//evil.test", "start"),
        ("?next=/a&next=/b", "start"),
        ("?next=%22%3E%3Cscript%3E", "start"),
    ],
)
async def test_the_link_on_the_page_keeps_a_local_destination(
    site: Site, query: str, href: str
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    page = await site.browser().get(f"/katana/start{query}", headers=headers)
    assert f'href="{href}">Connect Katana</a>' in page.text


async def test_no_hook_is_called_for_a_start_from_another_site(open_site: Open) -> None:
    calls: list[Any] = []
    site = await open_site(allowed=calls.append, user=calls.append, connection_id=calls.append)
    page = await site.browser().get("/katana/start", headers={"Sec-Fetch-Site": "cross-site"})
    assert (page.status, calls) == (403, [])


async def test_a_reason_allows_other_sites_and_is_logged(
    open_site: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "katana_async")
    site = await open_site(allow_cross_site=REASON)
    page = await site.browser().get("/katana/start", headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status == 303
    assert f"a start from another site was allowed: {REASON}" in caplog.messages


async def test_an_empty_reason_is_none(open_site: Open) -> None:
    site = await open_site(allow_cross_site="")
    page = await site.browser().get("/katana/start", headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status == 403
