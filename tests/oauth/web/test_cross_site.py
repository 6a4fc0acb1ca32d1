"""Another site cannot begin a connection: Sec-Fetch-Site decides, and the person may go on."""

import logging
from typing import Any

import pytest

from katana_async.errors import ConfigurationError
from katana_async.oauth.web import connect_app, connect_asgi
from tests.oauth.partner import Partner
from tests.oauth.web.site import Open, Site

REASON = "the marketplace links here"


async def test_a_start_from_another_site_is_answered_with_a_page_that_asks(site: Site) -> None:
    browser = site.browser()
    page = await browser.get("/katana/start", headers={"Sec-Fetch-Site": "cross-site"})
    assert (page.status, page.title) == (403, "Do you want to connect Katana?")
    assert '<a class="first" href="start">Connect Katana</a>' in page.text
    assert "Set-Cookie" not in page.headers
    assert browser.cookie is None


@pytest.mark.parametrize("value", ["cross-site", "CROSS-SITE", "", "other", "same-origin, none"])
async def test_any_value_but_those_of_this_site_is_refused(site: Site, value: str) -> None:
    page = await site.browser().get("/katana/start", headers={"Sec-Fetch-Site": value})
    assert page.status == 403


@pytest.mark.parametrize("value", ["same-origin", "same-site", "none"])
async def test_a_link_of_this_site_and_an_address_typed_in_begin(site: Site, value: str) -> None:
    page = await site.browser().get("/katana/start", headers={"Sec-Fetch-Site": value})
    assert page.status == 303


async def test_a_browser_without_the_header_begins(site: Site) -> None:
    assert (await site.browser().get("/katana/start")).status == 303


async def test_the_callback_comes_from_another_site(site: Site) -> None:
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
async def test_going_on_leads_to_the_same_place_of_this_site(
    site: Site, query: str, href: str
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    page = await site.browser().get(f"/katana/start{query}", headers=headers)
    assert f'href="{href}">Connect Katana</a>' in page.text


async def test_no_hook_is_asked_for_a_start_from_another_site(open_site: Open) -> None:
    asked: list[Any] = []
    site = await open_site(allowed=asked.append, user=asked.append, connection_id=asked.append)
    page = await site.browser().get("/katana/start", headers={"Sec-Fetch-Site": "cross-site"})
    assert (page.status, asked) == (403, [])


async def test_a_named_reason_lets_other_sites_begin_and_is_in_the_log(
    open_site: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "katana_async")
    site = await open_site(allow_cross_site=REASON)
    page = await site.browser().get("/katana/start", headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status == 303
    assert f"a start from another site was allowed: {REASON}" in caplog.messages


@pytest.mark.parametrize("mount", [connect_app, connect_asgi])
@pytest.mark.parametrize("given", [True, "", "  ", "two\nlines", b"x"])
def test_what_is_no_reason_is_refused(partner: Partner, mount: Any, given: object) -> None:
    with pytest.raises(ConfigurationError, match="allow_cross_site= takes the reason why"):
        mount(partner.app(), allow_cross_site=given)
