"""The matching of redirect URIs."""

import pytest

from katana_async.sandbox.oauth import Client

HTTPS = "https://app.test/katana/callback"


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:1/callback",
        "http://127.0.0.1:65535/katana/callback",
        "http://[::1]:8080/callback",
        "http://localhost:8080/callback",
    ],
)
def test_loopback_addresses_fit_with_any_port(uri: str) -> None:
    assert Client().redirects_to(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:8080/callback/",
        "http://127.0.0.1:8080/callback?a=b",
        "http://127.0.0.1:8080/callback#a",
        "http://127.0.0.1:8080/callback\n",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:80@evil.test/callback",
        "http://127.0.0.1.evil.test:80/callback",
        "http://user@127.0.0.1:80/callback",
        "http://127.0.0.2:80/callback",
        "http://LOCALHOST:80/callback",
        "https://127.0.0.1:80/callback",
        "http://[::1]/other",
        "http://127.0.0.1:٣/callback",
    ],
)
def test_but_only_the_port_may_differ(uri: str) -> None:
    assert not Client().redirects_to(uri)


@pytest.mark.parametrize(
    "uri", [HTTPS + "/", HTTPS + "?a=b", "https://app.test:443/katana/callback"]
)
def test_any_other_address_must_be_the_same_to_the_letter(uri: str) -> None:
    client = Client(redirect_uris=(HTTPS,))
    assert client.redirects_to(HTTPS)
    assert not client.redirects_to(uri)


def test_a_loopback_address_with_a_port_fits_only_that_port() -> None:
    client = Client(redirect_uris=("http://127.0.0.1:8080/callback",))
    assert client.redirects_to("http://127.0.0.1:8080/callback")
    assert not client.redirects_to("http://127.0.0.1:8081/callback")
    assert not client.redirects_to("http://127.0.0.1/callback")


@pytest.mark.parametrize("uri", ["", "/callback", "app.test/callback", HTTPS + "#x", "https://a b"])
def test_only_absolute_uris_without_a_fragment_can_be_registered(uri: str) -> None:
    with pytest.raises(ValueError, match="absolute"):
        Client(redirect_uris=(uri,))


def test_a_secret_is_not_in_the_repr() -> None:
    client = Client(client_secret="canary")
    assert "canary" not in repr(client)
    assert client.client_secret == "canary"
    assert len({Client().client_secret for _ in range(3)}) == 3
