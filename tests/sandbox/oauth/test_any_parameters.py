"""Arbitrary requests to the endpoints get answers that the specifications allow."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from hypothesis import given, settings, strategies as st

from katana_async.sandbox import ManualClock, Sandbox
from katana_async.sandbox.wire import Answer, HttpRequest

from .conftest import AUDIENCE, FORM, REDIRECT_URI, VERIFIER, parameters

ERRORS = {
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "unsupported_grant_type",
    "unsupported_token_type",
}
REDIRECTED = {"invalid_request", "invalid_scope", "unsupported_response_type"}

sandbox = Sandbox(products=1, clock=ManualClock())
SECRET = sandbox.oauth.client.client_secret

names = st.sampled_from(
    [
        "grant_type",
        "client_id",
        "client_secret",
        "redirect_uri",
        "code",
        "code_verifier",
        "refresh_token",
        "scope",
        "token",
        "token_type_hint",
        "response_type",
        "audience",
        "state",
        "code_challenge",
        "code_challenge_method",
    ]
)
values = st.sampled_from(
    [
        "",
        "authorization_code",
        "refresh_token",
        "code",
        "offline_access",
        "S256",
        AUDIENCE,
        VERIFIER,
        REDIRECT_URI,
        SECRET,
        sandbox.oauth.client.client_id,
    ]
)
pairs = st.lists(st.tuples(names | st.text(max_size=8), values | st.text(max_size=8)), max_size=12)
likely = st.fixed_dictionaries(
    {
        "grant_type": st.sampled_from(["authorization_code", "refresh_token"]),
        "client_id": st.just(sandbox.oauth.client.client_id),
        "client_secret": st.just(SECRET),
        "redirect_uri": st.just(REDIRECT_URI),
    },
    optional={
        "code": st.text(),
        "code_verifier": st.text() | st.just(VERIFIER),
        "refresh_token": st.text(),
        "scope": values,
    },
)


def encode(found: list[tuple[str, str]]) -> str:
    return urlencode(found, errors="surrogatepass")


forms = (pairs | likely.map(lambda found: list(found.items()))).map(encode)
bodies = forms.map(str.encode) | st.binary(max_size=64)
decisions = st.lists(
    st.tuples(st.sampled_from(["ticket", "account", "decision"]), st.text()), max_size=5
)


def answer(method: str, path: str, query: str, body: bytes) -> Answer:
    target = f"{path}?{query}" if query else path
    found = parse_qsl(query, keep_blank_values=True)
    request = HttpRequest(
        method, target, path, found, [("content-type", FORM)], body, keep_alive=True
    )
    return sandbox.oauth.endpoints.answer(request)


@given(bodies, st.sampled_from(["/oauth/token", "/oauth/revoke"]))
def test_a_form_of_any_kind_gets_a_documented_error(body: bytes, path: str) -> None:
    got = answer("POST", path, "", body)
    if got.status == 200:
        assert path == "/oauth/revoke"
        return
    said: Any = json.loads(got.body)
    assert said["error"] in ERRORS
    assert got.status == (401 if said["error"] == "invalid_client" else 400)
    # The characters that RFC 6749 section 5.2 allows in a description.
    assert all(" " <= letter <= "~" and letter not in '"\\' for letter in said["error_description"])
    assert SECRET not in got.body.decode()


@given(pairs)
@settings(max_examples=200)
def test_a_query_of_any_kind_gets_a_page_or_a_documented_error(
    given_pairs: list[tuple[str, str]],
) -> None:
    got = answer("GET", "/authorize", encode(given_pairs), b"")
    assert got.status in (200, 302, 400)
    location = dict(got.headers).get("Location")
    assert (location is not None) == (got.status == 302)
    if location is not None:
        assert location.isascii()
        assert urlsplit(location).netloc == urlsplit(REDIRECT_URI).netloc
        assert parameters(location)["error"] in REDIRECTED


@given(decisions)
def test_a_decision_of_any_kind_gets_a_page(found: list[tuple[str, str]]) -> None:
    assert answer("POST", "/authorize", "", encode(found).encode()).status == 400
