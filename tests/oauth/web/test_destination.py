"""Where a person may be sent on to: paths of the same site, to everything that reads them."""

import re
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from hypothesis import example, given, strategies as st
from yarl import URL

from katana_async.oauth.web import is_local
from tests.oauth.web.site import Site
from tests.oauth.web.tricks import ALPHABET, PATHS, TRICKS

HERE = "https://app.test/katana/callback"


@pytest.mark.parametrize("path", PATHS)
def test_a_path_of_the_site_is_one(path: str) -> None:
    assert is_local(path)


@pytest.mark.parametrize("trick", TRICKS)
def test_what_may_lead_elsewhere_is_none(trick: object) -> None:
    assert not is_local(trick)


def leads_to(address: str) -> set[tuple[str, str | None]]:
    """Return the sites to which an address leads, by every reading there is."""
    # What browsers do before they parse (https://url.spec.whatwg.org/#url-parsing).
    browser = re.sub(r"[\t\r\n]", "", address.strip("".join(map(chr, range(33)))))
    readings = {address, browser, browser.replace("\\", "/")}
    for _ in range(3):
        readings |= {unquote(reading) for reading in readings}
    found: set[tuple[str, str | None]] = set()
    for reading in readings:
        try:
            parts = urlsplit(urljoin(HERE, reading))
            found.add((parts.scheme, parts.hostname))
            joined = URL(HERE).join(URL(reading))
            found.add((joined.scheme, joined.host))
        except ValueError:
            found.add(("", "unreadable"))
    return found


@given(st.lists(st.sampled_from(ALPHABET), max_size=12).map("".join))
@example("/\\evil.test")
@example("/%2f/evil.test")
def test_whatever_is_taken_stays_on_the_site(address: str) -> None:
    if is_local(address):
        assert leads_to(address) == {("https", "app.test")}
        assert address.isascii()
        assert address.isprintable()


@given(st.text(max_size=40).map("/".__add__))
def test_any_path_is_taken_when_it_is_quoted_as_in_a_request(path: str) -> None:
    path = "".join(char if char.isprintable() else "-" for char in path)
    path = re.sub(r"[/\\%]+", "/", path)
    assert is_local(quote(path))
    assert is_local("/?" + quote(path, safe=""))


async def test_such_a_link_is_a_page_that_says_so(site: Site) -> None:
    browser = site.browser()
    for trick in TRICKS:
        if isinstance(trick, str) and "\ud800" not in trick:
            page = await browser.get(f"/katana/start?next={quote(trick, safe='')}")
            assert (page.status, page.title) == (400, "This link does not work"), trick
    assert browser.cookie is None


async def test_two_places_to_go_to_are_none(site: Site) -> None:
    assert (await site.browser().get("/katana/start?next=/a&next=/b")).status == 400
