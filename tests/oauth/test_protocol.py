"""What is said to an authorization server, and what it says: plain data in, plain data out."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, strategies as st

from katana_async import (
    AuthorizationDenied,
    AuthorizationFailed,
    CallbackError,
    Secret,
    TokenRequestFailed,
)
from katana_async.http.messages import Response
from katana_async.oauth.protocol import (
    Callback,
    Registration,
    Tokens,
    authorization_url,
    code_form,
    new_secret,
    parse_callback,
    parse_tokens,
    refresh_form,
    revoke_form,
)

APP = Registration(
    client_id="app & co",
    client_secret=Secret("s3cr3t+/=&% ä"),
    redirect_uri="https://partner.example/katana/callback?tenant=1",
    scopes=("offline_access", "more"),
    audience="https://api.katanamrp.com",
    extra={"prompt": "consent"},
)


def answer(content: object, status: int = 200, /, **headers: str) -> Response:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, raw)


def good(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {"access_token": "at", "refresh_token": "rt", "token_type": "Bearer"}
    return {name: value for name, value in (base | changes).items() if value is not ...}


def tokens(content: object, **headers: str) -> Tokens:
    found = parse_tokens(answer(content, **headers), ())
    assert isinstance(found, Tokens), found
    return found


# ---- requests ---------------------------------------------------------------------------------


def test_the_address_has_every_parameter_once_and_keeps_what_it_had() -> None:
    url = authorization_url("https://login.example/authorize?a=1", APP, Secret("s"), None)
    pairs = parse_qsl(url.partition("?")[2])
    assert len(dict(pairs)) == len(pairs)
    assert dict(pairs) == {
        "a": "1",
        "response_type": "code",
        "client_id": "app & co",
        "redirect_uri": APP.redirect_uri,
        "scope": "offline_access more",
        "state": "s",
        "audience": APP.audience,
        "prompt": "consent",
    }


def test_the_challenge_is_the_one_of_rfc_7636_appendix_b() -> None:
    verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    url = authorization_url("https://login.example/authorize", APP, Secret("s"), verifier)
    pairs = dict(parse_qsl(url.partition("?")[2]))
    assert pairs["code_challenge"] == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert pairs["code_challenge_method"] == "S256"


def test_secrets_are_fresh_and_as_long_as_pkce_wants() -> None:
    made = [new_secret().reveal() for _ in range(50)]
    assert len(set(made)) == 50
    assert {len(each) for each in made} == {43}


def test_forms_hold_what_katana_wants_exactly_encoded() -> None:
    code = dict(parse_qsl(code_form(APP, Secret("c"), Secret("v" * 43)).body().decode()))
    assert code == {
        "grant_type": "authorization_code",
        "code": "c",
        "code_verifier": "v" * 43,
        "client_id": "app & co",
        "client_secret": "s3cr3t+/=&% ä",
        "redirect_uri": APP.redirect_uri,
    }
    refresh = dict(parse_qsl(refresh_form(APP, Secret("r+/=")).body().decode()))
    assert refresh == {
        "grant_type": "refresh_token",
        "refresh_token": "r+/=",
        "client_id": "app & co",
        "client_secret": "s3cr3t+/=&% ä",
        "redirect_uri": APP.redirect_uri,
    }
    revoke = dict(parse_qsl(revoke_form(APP, Secret("r"), "refresh_token").body().decode()))
    assert (revoke["token"], revoke["token_type_hint"]) == ("r", "refresh_token")


def test_a_form_shows_none_of_its_secrets() -> None:
    form = refresh_form(APP, Secret("the-refresh-token"))
    assert "the-refresh-token" not in repr(form)
    assert "s3cr3t" not in repr(form)
    assert {each.reveal() for each in form.secrets} == {"the-refresh-token", "s3cr3t+/=&% ä"}


# ---- callbacks --------------------------------------------------------------------------------

words = st.text(max_size=40) | st.sampled_from(["code", "state", "error", "iss", "a&b=c", "\x00"])


@given(
    st.one_of(
        st.text(max_size=300),
        st.dictionaries(words, words | st.lists(words, max_size=3), max_size=6),
        st.lists(
            st.tuples(
                st.sampled_from(["code", "state", "error", "error_description", "iss"]), words
            )
        ).map(lambda pairs: "https://a.example/cb?" + "&".join(f"{k}={v}" for k, v in pairs)),
    )
)
def test_a_callback_is_read_or_refused_whatever_it_holds(given_: Any) -> None:
    found = parse_callback(given_)
    assert isinstance(found, Callback | CallbackError)
    if isinstance(found, Callback):
        assert found.state
        assert (found.code is None) != (found.problem is None)


@given(st.text(min_size=1), st.text())
def test_an_error_of_the_server_becomes_one_of_ours(error: str, description: str) -> None:
    found = parse_callback({"state": "s", "error": error, "error_description": description})
    assert isinstance(found, Callback)
    assert isinstance(found.problem, AuthorizationDenied | AuthorizationFailed)
    assert isinstance(found.problem, AuthorizationDenied) == (error == "access_denied")
    assert str(found.problem).isprintable()


def test_an_error_comes_before_a_code() -> None:
    found = parse_callback({"state": "s", "code": "c", "error": "access_denied"})
    assert isinstance(found, Callback)
    assert found.code is None


# ---- answers ----------------------------------------------------------------------------------


def test_an_answer_is_read_as_katana_writes_it() -> None:
    found = tokens(good(expires_in=86400, scope="offline_access a"))
    assert (found.access.reveal(), found.refresh) == ("at", Secret("rt"))
    assert (found.life, found.scopes) == (86_400, ("offline_access", "a"))


@pytest.mark.parametrize(
    ("said", "life"),
    [
        ({"expires_in": "3600"}, 3600),
        ({"expires_in": "3600.5"}, 3600.5),
        ({"expires_in": 0.5}, 0.5),
        ({"expires_in": 0}, None),
        ({"expires_in": -1}, None),
        ({"expires_in": None}, None),
        ({"expires_in": True}, None),
        ({"expires_in": "soon"}, None),
        ({"expires_in": 10**30}, None),
        ({}, None),
        # By the server's clock, an hour off as it may be: its Date header says what time it is.
        ({"expires_at": 1_000_000_600}, 600),
        ({"expires_at": "1000000600"}, 600),
        ({"expires_at": 999_999_999}, None),
        ({"expires_in": 5, "expires_at": 1_000_000_600}, 5),
    ],
)
def test_a_life_is_read_in_every_form_that_was_seen(
    said: dict[str, object], life: float | None
) -> None:
    assert tokens(good(**said), date="Sun, 09 Sep 2001 01:46:40 GMT").life == life


def test_without_a_date_a_moment_of_the_servers_clock_says_nothing() -> None:
    assert tokens(good(expires_at=1_000_000_600)).life is None


def test_tokens_of_any_printable_form_are_taken_and_others_are_not() -> None:
    assert tokens(good(token_type="bearer", refresh_token="")).refresh is None
    assert tokens(good(refresh_token=None)).refresh is None
    assert tokens(good(access_token="a.b-c_d~e+f/g==")).access.reveal() == "a.b-c_d~e+f/g=="
    for wrong in ("a b", "a\r\nX: y", "é", "", 5, None, ["a"], "a\x00"):
        found = parse_tokens(answer(good(access_token=wrong)), ())
        assert isinstance(found, TokenRequestFailed)
        assert found.outcome_unknown  # it has issued something, and nobody can use it


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        "access_token",
        "refresh_token",
        "token_type",
        "expires_in",
        "expires_at",
        "scope",
        "error",
        "error_description",
    ]
)


@given(
    st.one_of(
        st.binary(max_size=200),
        json_values.map(lambda value: json.dumps(value).encode()),
        st.dictionaries(fields, json_values).map(
            lambda value: json.dumps({"token_type": "Bearer", "access_token": "a"} | value).encode()
        ),
    ),
    st.integers(200, 599),
    st.dictionaries(st.sampled_from(["date", "retry-after", "content-type"]), st.text(max_size=30)),
)
def test_any_answer_is_tokens_or_an_error_that_shows_nothing_sent(
    content: bytes, status: int, headers: dict[str, str]
) -> None:
    sent = (Secret("the-refresh-token-that-was-sent"),)
    found = parse_tokens(Response(status, headers, content), sent)
    assert isinstance(found, Tokens | TokenRequestFailed)
    if isinstance(found, Tokens):
        assert found.life is None or found.life > 0
    else:
        assert str(found).isprintable()


def test_what_a_server_echoes_is_in_no_message() -> None:
    sent = (Secret("refresh-token-1234567890"), Secret("secret&<>\"'1234567890"))
    for echoed in sent:
        value = echoed.reveal()
        for content in (
            {"error": "invalid_request", "error_description": f"bad token {value}"},
            {"error": value},
            {"message": value},
        ):
            found = parse_tokens(answer(content, 400), sent)
            assert isinstance(found, TokenRequestFailed)
            assert value not in str(found)
            assert value not in str(found.error)
        found = parse_tokens(answer(f"<title>{value}</title>".encode(), 502), sent)
        assert isinstance(found, TokenRequestFailed)
        assert value not in str(found)


def test_a_scope_that_cannot_be_one_costs_no_tokens() -> None:
    found = tokens(good(scope="a \ud800 b"))
    assert isinstance(found, Tokens)
    assert found.scopes == ("a", "b")
