"""`next` and `is_local`: only paths of the same site, for browsers, proxies and servers."""

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
def test_a_path_of_the_site_is_local(path: str) -> None:
    assert is_local(path)


@pytest.mark.parametrize("trick", TRICKS)
def test_an_address_that_may_lead_elsewhere_is_not_local(trick: object) -> None:
    assert not is_local(trick)


def find_sites(address: str) -> set[tuple[str, str | None]]:
    """Return the sites to which an address leads, in every interpretation."""
    # Browsers remove these before they parse (https://url.spec.whatwg.org/#url-parsing).
    browser = re.sub(r"[\t\r\n]", "", address.strip("".join(map(chr, range(33)))))
    interpretations = {address, browser, browser.replace("\\", "/")}
    for _ in range(3):
        interpretations |= {unquote(each) for each in interpretations}
    found: set[tuple[str, str | None]] = set()
    for reading in interpretations:
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
def test_a_local_address_stays_on_the_site(address: str) -> None:
    if is_local(address):
        assert find_sites(address) == {("https", "app.test")}
        assert address.isascii()
        assert address.isprintable()


@given(st.text(max_size=40).map("/".__add__))
def test_any_quoted_path_is_local(path: str) -> None:
    path = "".join(char if char.isprintable() else "-" for char in path)
    path = re.sub(r"[/\\%]+", "/", path)
    assert is_local(quote(path))
    assert is_local("/?" + quote(path, safe=""))


async def test_a_start_with_another_destination_is_refused(site: Site) -> None:
    browser = site.browser()
    for trick in TRICKS:
        if isinstance(trick, str) and "\ud800" not in trick:
            page = await browser.get(f"/katana/start?next={quote(trick, safe='')}")
            assert (page.status, page.title) == (400, "This link does not work"), trick
    assert browser.cookie is None


async def test_two_destinations_are_refused(site: Site) -> None:
    assert (await site.browser().get("/katana/start?next=/a&next=/b")).status == 400
