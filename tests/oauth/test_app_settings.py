"""Arguments that `OAuthApp` refuses: the error has the setting's name, and no secret."""

import traceback
from typing import Any

import pytest

from katana_async import ConfigurationError, Secret
from katana_async.oauth import InsecurePlaintext, KeyRing, MemoryTokenStore, OAuthApp
from tests.oauth.partner import group_settings

SECRET = "s3cr3t-0123456789-never-to-be-shown"
SECONDS = ["leeway", "patience", "lease", "timeout", "recheck", "state_life"]
ADDRESSES = ["redirect_uri", "authorize_url", "token_url", "revoke_url"]


def app(**settings: Any) -> OAuthApp:
    """Return an app with valid settings, except the given ones."""
    works: dict[str, Any] = {
        "client_id": "app",
        "client_secret": SECRET,
        "redirect_uri": "https://app.example.com/katana/callback",
        "store": MemoryTokenStore(),
        "cipher": InsecurePlaintext(),
    }
    return OAuthApp(**group_settings(works | settings))


def refusal_of(kind: type[Exception] = ConfigurationError, /, **settings: Any) -> str:
    """Return the message of the error for these settings."""
    with pytest.raises(kind) as raised:
        app(**settings)
    assert type(raised.value) is kind
    shown = f"{raised.value!r} {raised.value}"
    assert SECRET not in shown
    assert raised.value.__cause__ is None
    return str(raised.value)


# ---- the client -------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["", "two\nlines", None, 7, b"app"])
def test_a_client_id_is_text_as_katana_registered_it(given: object) -> None:
    assert refusal_of(client_id=given).startswith("client_id must be the text")


@pytest.mark.parametrize("given", ["", Secret(""), SECRET.encode(), 7, False])
def test_a_client_secret_is_text_and_not_empty(given: object) -> None:
    assert refusal_of(client_secret=given).startswith("client_secret must be text, not empty")


def test_a_client_secret_may_be_hidden_already() -> None:
    app(client_secret=Secret(SECRET))


def test_a_public_client_has_no_secret() -> None:
    app(client_secret=None)


# ---- the store and the cipher -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (None, "None"),
        (f"sqlite:///{SECRET}", "str"),
        ({}, "dict"),
        (MemoryTokenStore, "the class MemoryTokenStore itself"),
    ],
)
def test_a_store_has_the_methods_of_one(given: object, named: str) -> None:
    said = refusal_of(store=given)
    assert said == f"store= takes an object with the methods of TokenStore, not {named}"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (None, "None"),
        (SECRET, "str"),
        (SECRET.encode(), "bytes"),
        (object(), "object"),
        (KeyRing, "the class KeyRing itself"),
    ],
)
def test_a_cipher_has_the_methods_of_one(given: object, named: str) -> None:
    said = refusal_of(cipher=given)
    assert said == (
        "cipher= takes an object with the methods of Cipher, such as KeyRing.from_env(), not"
        f" {named}"
    )


@pytest.mark.parametrize("given", ["x", 7, object()])
def test_a_session_is_aiohttps(given: object) -> None:
    assert refusal_of(session=given) == (
        f"session= takes an aiohttp.ClientSession, not {type(given).__name__}"
    )


def test_http_settings_are_settings() -> None:
    assert refusal_of(http="http://proxy.example:3128") == "http= takes an HTTPSettings, not str"


@pytest.mark.parametrize("name", ["on_refresh", "on_reauthorization_required"])
def test_a_listener_is_a_function(name: str) -> None:
    assert refusal_of(**{name: "x"}) == f"{name}= takes a function, not str"


@pytest.mark.parametrize("secret", [f"{SECRET}\n", f" {SECRET}", f"{SECRET}\r\n"])
def test_a_client_secret_is_not_a_whole_file(secret: str) -> None:
    assert "without white space around it" in refusal_of(client_secret=secret)


@pytest.mark.parametrize(
    "settings",
    [
        {"client_secret": SECRET.encode()},
        {"store": f"postgresql://u:{SECRET}@db/app"},
        {"cipher": SECRET},
        {"session": SECRET},
        {"http": f"http://u:{SECRET}@proxy:1"},
        {"server": SECRET},
        {"client_secret": f"{SECRET} "},
    ],
)
def test_a_secret_in_the_wrong_argument_is_in_no_frame(settings: Any) -> None:
    with pytest.raises(ConfigurationError) as raised:
        app(**settings)
    # The first frames are the test's own.
    frames = list(traceback.walk_tb(raised.value.__traceback__))[2:]
    shown = traceback.StackSummary.extract(iter(frames), capture_locals=True)
    assert SECRET not in repr([frame.locals for frame in shown])


# ---- the authorization request -------------------------------------------------------------------


def test_scopes_are_several_texts_and_not_one() -> None:
    assert refusal_of(scopes="offline_access").startswith("scopes must be several texts")


def test_an_audience_is_not_empty() -> None:
    assert refusal_of(audience="") == "audience is empty; None leaves it out"


@pytest.mark.parametrize("scopes", [(), ["offline_access"], {"openid"}, iter(["a:b/c~d!"])])
def test_scopes_may_be_any_several_texts_or_none(scopes: Any) -> None:
    app(scopes=scopes)


@pytest.mark.parametrize(
    "name",
    [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "audience",
        "code_challenge",
        "code_challenge_method",
    ],
)
def test_extra_parameters_cannot_replace_ours(name: str) -> None:
    assert refusal_of(extra={"prompt": "login", name: SECRET}) == (
        f"extra must not contain {name!r}, which the SDK sets"
    )


# ---- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*ADDRESSES, "api_url"])
def test_secrets_travel_over_https(name: str) -> None:
    said = refusal_of(**{name: f"http://app.example.com/{SECRET}"})
    assert said.startswith(f"{name} http://app.example.com is http")


@pytest.mark.parametrize("name", [*ADDRESSES, "api_url"])
@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "127.9.9.9", "[::1]:8000"])
def test_http_will_do_for_this_machine(name: str, host: str) -> None:
    app(**{name: f"http://{host}/somewhere"})


@pytest.mark.parametrize("name", [*ADDRESSES, "api_url"])
@pytest.mark.parametrize(
    "host", ["localhost.example.com", "127.0.0.1.example.com", "0.0.0.0", "10.0.0.1", "[::2]"]
)
def test_a_host_that_only_resembles_this_machine_needs_https(name: str, host: str) -> None:
    assert refusal_of(**{name: f"http://{host}/somewhere"}).startswith(
        f"{name} http://{host} is http"
    )


@pytest.mark.parametrize("name", [*ADDRESSES, "api_url"])
@pytest.mark.parametrize(
    "address",
    [
        f"https://app.example.com/callback#{SECRET}",
        f"https://app.example.com/callback?key={SECRET}",
        f"https://{SECRET}@app.example.com/callback",
        f"https://app:{SECRET}@app.example.com/callback",
    ],
)
def test_an_address_is_nothing_more_than_that(name: str, address: str) -> None:
    said = refusal_of(**{name: address})
    assert said == f"{name} must hold no user, password, query or fragment"


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("address", ["", SECRET, "/callback", f"katana://{SECRET}", "https://"])
def test_an_address_is_a_whole_one(name: str, address: str) -> None:
    said = refusal_of(**{name: address})
    assert said.startswith(f"{name} must be like https://") or said == f"{name} is not a URL"


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("address", ["https://app.example.com:port/", "https://[::1/"])
def test_a_text_that_is_not_a_url_is_refused(name: str, address: str) -> None:
    assert refusal_of(**{name: address}) == f"{name} is not a URL"


def test_the_example_of_an_address_is_one_of_its_kind() -> None:
    assert "login.katanamrp.com/oauth/token" in refusal_of(token_url="nowhere")
    assert "login.katanamrp.com/authorize" in refusal_of(authorize_url="nowhere")
    assert "callback" in refusal_of(redirect_uri="nowhere")


def test_a_server_need_not_have_revocation() -> None:
    app(revoke_url=None)


@pytest.mark.parametrize(
    "address", ["https://a.example", "https://a.example/", "https://A.example/c/"]
)
def test_the_redirect_uri_is_kept_to_the_letter(address: str) -> None:
    assert app(redirect_uri=address).redirect_uri == address


# ---- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_time_is_more_than_nothing(name: str, seconds: float) -> None:
    said = refusal_of(ValueError, **{name: seconds})
    assert said == f"'{name}' must be > 0: {seconds}"


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"timeout": 24}, "timeout=24, lease=30, patience=90"),
        ({"lease": 15}, "timeout=15, lease=15, patience=90"),
        ({"lease": 90}, "timeout=15, lease=90, patience=90"),
        ({"patience": 20.5}, "timeout=15, lease=30, patience=20.5"),
    ],
)
def test_a_lease_covers_an_answer_and_patience_a_lease(settings: Any, shown: str) -> None:
    said = refusal_of(ValueError, **settings)
    assert said.startswith("timeout * 1.25 < lease < patience must hold")
    assert shown in said
