"""Authorization addresses, forms and callbacks, as plain data."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, strategies as st

from katana_async import (
    AuthorizationDenied,
    AuthorizationFailed,
    CallbackError,
    Secret,
)
from katana_async.oauth.server.forms import (
    AuthorizationCallback,
    ClientRegistration,
    make_authorization_url,
    make_code_form,
    make_refresh_form,
    make_revoke_form,
    make_secret,
    parse_callback,
)

APP = ClientRegistration(
    client_id="app & co",
    client_secret=Secret("s3cr3t+/=&% ä"),
    redirect_uri="https://partner.example/katana/callback;tenant=1",
    scopes=("offline_access", "more"),
    audience="https://api.katanamrp.com",
    extra={"prompt": "consent"},
)

VERIFIER = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


# ---- requests ---------------------------------------------------------------------------------


def test_the_address_has_each_parameter_once_and_keeps_its_own() -> None:
    url = make_authorization_url("https://login.example/authorize?a=1", APP, Secret("s"), VERIFIER)
    pairs = parse_qsl(url.partition("?")[2])
    assert len(dict(pairs)) == len(pairs)
    assert dict(pairs) == {
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
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
    url = make_authorization_url("https://login.example/authorize", APP, Secret("s"), VERIFIER)
    pairs = dict(parse_qsl(url.partition("?")[2]))
    assert pairs["code_challenge"] == CHALLENGE
    assert pairs["code_challenge_method"] == "S256"


def test_secrets_are_fresh_and_as_long_as_pkce_wants() -> None:
    made = [make_secret().reveal() for _ in range(50)]
    assert len(set(made)) == 50
    assert {len(each) for each in made} == {43}


def test_forms_hold_what_katana_wants_exactly_encoded() -> None:
    code = dict(parse_qsl(make_code_form(APP, Secret("c"), Secret("v" * 43)).encode().decode()))
    assert code == {
        "grant_type": "authorization_code",
        "code": "c",
        "code_verifier": "v" * 43,
        "client_id": "app & co",
        "client_secret": "s3cr3t+/=&% ä",
        "redirect_uri": APP.redirect_uri,
    }
    refresh = dict(parse_qsl(make_refresh_form(APP, Secret("r+/=")).encode().decode()))
    assert refresh == {
        "grant_type": "refresh_token",
        "refresh_token": "r+/=",
        "client_id": "app & co",
        "client_secret": "s3cr3t+/=&% ä",
        "redirect_uri": APP.redirect_uri,
    }
    revoke = dict(parse_qsl(make_revoke_form(APP, Secret("r"), "refresh_token").encode().decode()))
    assert (revoke["token"], revoke["token_type_hint"]) == ("r", "refresh_token")


def test_a_form_shows_none_of_its_secrets() -> None:
    form = make_refresh_form(APP, Secret("the-refresh-token"))
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
    assert isinstance(found, AuthorizationCallback | CallbackError)
    if isinstance(found, AuthorizationCallback):
        assert found.state
        assert (found.code is None) != (found.error is None)


# RFC 3986, section 3.4: `/` and `?` need no encoding in a query.
unencoded = st.text("abc123-._~:@!$'()*,;=/?", min_size=1, max_size=40) | st.sampled_from(
    ["a?b", "https://login.example/?a=b", "://", "?", "/a"]
)
forms = st.sampled_from(
    ["", "?", "/callback?", "https://a.example/cb?", "HTTP://a.example?", "my-app.2+x://cb?"]
)


@given(unencoded, unencoded, unencoded, forms, st.permutations([0, 1, 2]))
def test_a_callback_may_hold_what_a_query_may(
    state: str, code: str, more: str, form: str, order: list[int]
) -> None:
    pairs = [f"state={state}", f"code={code}", f"iss={more}"]
    found = parse_callback(form + "&".join(pairs[at] for at in order))
    assert isinstance(found, AuthorizationCallback)
    assert found.code is not None
    assert (found.state.reveal(), found.code.reveal(), found.issuer) == (state, code, more)


@pytest.mark.parametrize("around", [" {}", "{}\n", "\n  {}\n"])
def test_a_pasted_address_may_have_space_around_it(around: str) -> None:
    found = parse_callback(around.format("https://a.example/cb?code=c&state=s"))
    assert isinstance(found, AuthorizationCallback)
    assert found.state.reveal() == "s"


@given(st.text(min_size=1), st.text())
def test_an_error_of_the_server_becomes_one_of_ours(error: str, description: str) -> None:
    found = parse_callback({"state": "s", "error": error, "error_description": description})
    assert isinstance(found, AuthorizationCallback)
    assert isinstance(found.error, AuthorizationDenied | AuthorizationFailed)
    assert isinstance(found.error, AuthorizationDenied) == (error == "access_denied")
    assert str(found.error).isprintable()


def test_an_error_comes_before_a_code() -> None:
    found = parse_callback({"state": "s", "code": "c", "error": "access_denied"})
    assert isinstance(found, AuthorizationCallback)
    assert found.code is None
