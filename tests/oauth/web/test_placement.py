"""A site that is not opened where `redirect_uri` leads back to is warned of in the log, once."""

import logging

import pytest

from katana_async.oauth.web.messages import Seen
from katana_async.oauth.web.placement import Placement
from tests.oauth.web.site import Open

APP = "https://app.test/katana/callback"
LOCAL = "http://localhost:8100/katana/callback"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if (record.name, record.levelno) == ("katana_async", logging.WARNING)
    ]


def looked(redirect_uri: str, *seen: Seen) -> None:
    placement = Placement(redirect_uri, "start")
    for each in seen:
        placement.compare(each)


@pytest.mark.parametrize(
    ("redirect_uri", "host"),
    [
        (LOCAL, "127.0.0.1:8100"),
        (LOCAL, "localhost:8101"),
        (LOCAL, "[::1]:8100"),
        (APP, "www.app.test"),
        (APP, "app.test."),
        (APP, "app.test:8443"),
        (APP, "backend"),
        ("http://[::1]:8100/callback", "[::2]:8100"),
    ],
)
def test_another_host_is_named_beside_the_right_one(
    caplog: pytest.LogCaptureFixture, redirect_uri: str, host: str
) -> None:
    looked(redirect_uri, Seen(hosts=[host]))
    [said] = warnings(caplog)
    assert f"on the host {host}, while redirect_uri leads back to" in said
    assert redirect_uri.partition("/katana")[0].removesuffix("/callback") in said
    assert "If a proxy" in said


@pytest.mark.parametrize(
    ("redirect_uri", "hosts", "forwarded"),
    [
        (APP, ["app.test"], []),
        (APP, ["APP.test"], []),
        (APP, ["app.test:443"], []),
        (APP, ["app.test:80"], []),  # a proxy that keeps the name and speaks http
        ("https://app.test:8443/katana/callback", ["app.test"], []),  # nginx's $host
        ("https://bücher.test/katana/callback", ["xn--bcher-kva.test"], []),
        ("http://[::1]:8100/katana/callback", ["[::1]:8100"], []),
        (LOCAL, ["localhost:8100"], []),
        (APP, ["backend:8000"], ["app.test"]),
        (APP, ["backend:8000"], ["app.test, inner"]),
        (APP, ["backend:8000"], ["outer", "App.test:443"]),
        (APP, [], []),
        # No browser sends these.
        (APP, [""], []),
        (APP, ["a", "b"], []),
        (APP, ["evil.test\x1b[31m"], []),
        (APP, ["evil.test WARNING all is lost"], []),
        (APP, ["evil.test\nWARNING all is lost"], []),
        (APP, ["ev\xefl.test"], []),
        (APP, ["a" * 254], []),
        (APP, ["user@evil.test"], []),
    ],
)
def test_what_may_be_the_right_host_is_not_warned_of(
    caplog: pytest.LogCaptureFixture, redirect_uri: str, hosts: list[str], forwarded: list[str]
) -> None:
    looked(redirect_uri, Seen(hosts=hosts, forwarded=forwarded))
    assert warnings(caplog) == []


@pytest.mark.parametrize("path", ["/connect/start", "/api/katana/start", "/katana/katana/start"])
def test_a_place_beside_which_no_callback_can_land_is_named(
    caplog: pytest.LogCaptureFixture, path: str
) -> None:
    looked(APP, Seen(path=path))
    [said] = warnings(caplog)
    assert f"from the path '{path}', while redirect_uri is {APP}" in said
    assert "'/katana/start'" in said
    assert "If a proxy changes the path" in said


@pytest.mark.parametrize(
    ("redirect_uri", "path"),
    [
        (APP, "/katana/start"),
        (APP, ""),
        (APP, "/start"),  # a proxy took the beginning off
        ("https://app.test/a/katana/callback", "/katana/start"),
        ("https://app.test/callback", "/start"),
        ("https://app.test/gr%C3%B6%C3%9Fe/callback", "/größe/start"),
    ],
)
def test_a_place_that_a_proxy_explains_is_not_warned_of(
    caplog: pytest.LogCaptureFixture, redirect_uri: str, path: str
) -> None:
    looked(redirect_uri, Seen(path=path))
    assert warnings(caplog) == []


def test_each_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    one, other = (Seen(hosts=[f"{name}.test"], path=f"/{name}/start") for name in "ab")
    looked(APP, one, one, other)
    said = warnings(caplog)
    assert len(said) == 2
    assert all("This is said once" in each for each in said)


def test_a_path_cannot_write_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    looked(APP, Seen(path=f"/\n\x1b[2J\u202e\ud800{'a' * 10_000}/start"))
    [said] = warnings(caplog)
    assert said.isascii()
    assert said.isprintable()
    assert r"'/\n\x1b[2J\u202e\ud800aaa" in said
    assert len(said) < 1_000


async def test_a_site_under_another_host_is_warned_of_at_the_start_and_nowhere_else(
    open_site: Open, caplog: pytest.LogCaptureFixture
) -> None:
    site = await open_site()
    good = site.url.removeprefix("http://")
    evil = good.replace("127.0.0.1", "localhost")
    for path in ("/katana/callback", "/katana/nothing"):
        await site.browser().get(path, headers={"Host": evil})
    assert (await site.browser().get("/katana/start")).status == 303
    assert warnings(caplog) == []
    assert (await site.browser().get("/katana/start", headers={"Host": evil})).status == 303
    [said] = warnings(caplog)
    assert f"on the host {evil}, while redirect_uri leads back to {site.url}:" in said


async def test_a_site_under_another_path_is_warned_of(
    open_site: Open, caplog: pytest.LogCaptureFixture
) -> None:
    site = await open_site({"redirect_uri": "http://127.0.0.1/connect/callback"})
    proxied = {"Host": "backend", "X-Forwarded-Host": "127.0.0.1"}
    assert (await site.browser().get("/katana/start", headers=proxied)).status == 303
    [said] = warnings(caplog)
    assert "from the path '/katana/start', while redirect_uri is http://127.0.0.1/connect/" in said


async def test_who_is_not_allowed_uses_up_no_warning(
    open_site: Open, caplog: pytest.LogCaptureFixture
) -> None:
    site = await open_site(allowed=lambda request: False)
    await site.browser().get("/katana/start", headers={"Host": "evil.test"})
    assert warnings(caplog) == []
