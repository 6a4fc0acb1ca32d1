"""Parsing answers of the token endpoint: plain data in, tokens or an error out."""

import json

import pytest
from hypothesis import given, strategies as st

from katana_async import Secret, TokenRequestFailed
from katana_async.http.messages import Response
from katana_async.oauth.server.answers import OnlyRefreshToken, Tokens, parse_tokens


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


def failure(content: object, status: int = 200, *sent: Secret) -> TokenRequestFailed:
    found = parse_tokens(answer(content, status), sent)
    found = found.error if isinstance(found, OnlyRefreshToken) else found
    assert isinstance(found, TokenRequestFailed), found
    return found


def raw(**fields: str) -> bytes:
    """Return a good answer with more fields, each written as given."""
    more = "".join(f', "{name}": {value}' for name, value in fields.items())
    return (json.dumps(good())[:-1] + more + "}").encode()


# ---- tokens -----------------------------------------------------------------------------------


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
        ({"expires_in": 10**9 - 1}, 10**9 - 1),
        ({"expires_in": 10**9}, None),
        ({}, None),
    ],
)
def test_a_life_is_read_in_every_form_that_was_seen(
    said: dict[str, object], life: float | None
) -> None:
    assert tokens(good(**said)).life == life


def test_tokens_of_any_printable_form_are_taken_and_others_are_not() -> None:
    assert tokens(good(token_type="bearer", refresh_token="")).refresh is None
    assert tokens(good(refresh_token=None)).refresh is None
    assert tokens(good(access_token="a.b-c_d~e+f/g==")).access.reveal() == "a.b-c_d~e+f/g=="
    for wrong in ("a b", "a\r\nX: y", "é", "", 5, None, ["a"], "a\x00"):
        found = failure(good(access_token=wrong))
        assert found.outcome_unknown  # it has issued a token that cannot be used


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers().map(lambda value: value * 10**4000)
    | st.floats()
    | st.text(max_size=30),
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
        # Good tokens with anything beside and behind them.
        st.tuples(st.dictionaries(st.text(max_size=10), json_values), st.binary(max_size=20)).map(
            lambda more: json.dumps(more[0] | good()).encode() + more[1]
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
    if isinstance(found, OnlyRefreshToken):
        assert status < 300
        found = found.error
    assert isinstance(found, Tokens | TokenRequestFailed)
    if status < 300 and b'"access_token": "at", "refresh_token": "rt"' in content:
        assert isinstance(found, Tokens)
    if isinstance(found, Tokens):
        assert found.life is None or found.life > 0
    else:
        assert str(found).isprintable()
        assert found.outcome_unknown or not found.may_still_happen


def test_no_message_has_a_secret_that_a_server_echoes() -> None:
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


# ---- odd answers with good tokens -------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        good(scope=["offline_access"]),
        good(scope=5),
        good(token_type=...),
        good(token_type="JWT"),
        good(token_type=["Bearer"]),
        good(token_type="Bearer "),
        good(expires_in="soon"),
        good(expires_in=10**30),
        good(error=None),
        good(error="", error_description=""),
        good(error="server_error"),
        good(id_token="\ud800"),
        raw(expires_in="NaN"),
        raw(expires_in="-Infinity"),
        raw(n="9" * 5000),
        raw(n="1e99999999999999999999"),
        raw(text='"a\nb"'),
        raw(a="1", b="[[[]]]"),
        raw().replace(b'"rt"', b'"rt", "\xff": 1'),
        raw() + b"<!-- served by node 7 -->",
        b"\xef\xbb\xbf" + raw(),
        raw().decode().encode("utf-16"),
        b"\n " + raw() + b"\r\n",
    ],
    ids=lambda given: str(given)[-40:],
)
def test_valid_tokens_are_taken_whatever_else_is_wrong(content: object) -> None:
    found = tokens(content)
    assert (found.access, found.refresh) == (Secret("at"), Secret("rt"))
    assert (found.life, found.scopes) == (None, None)


def test_a_refresh_token_is_any_text_that_can_be_sent() -> None:
    for taken in ("with a space", "é", "a" * 50_000, "\t"):
        assert tokens(good(refresh_token=taken)).refresh == Secret(taken)
    for wrong in (5, ["rt"], "\ud800", "\ufffd"):
        assert tokens(good(refresh_token=wrong)).refresh is None


# ---- answers without tokens -------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<title>Hotel Wi-Fi</title>",
        b'{"access_token": "at", "refresh_tok',
        ["at"],
        {},
        good(access_token="a b", refresh_token=...),
    ],
)
def test_a_success_without_tokens_leaves_the_refresh_token_alone(content: object) -> None:
    found = failure(content)
    assert "without usable tokens" in str(found)
    assert type(found) is TokenRequestFailed
    assert (found.status, found.error) == (200, None)
    # It is spent, or may be: sending it again at once could end the connection.
    assert found.outcome_unknown
    assert found.may_still_happen


def test_a_new_refresh_token_without_an_access_token_is_not_lost() -> None:
    for access in (..., "", "a b", 5):
        found = parse_tokens(answer(good(access_token=access)), (Secret("spent"),))
        assert isinstance(found, OnlyRefreshToken)
        assert found.refresh == Secret("rt")
        assert found.error.may_still_happen
        assert "rt" not in vars(found.error).values()
    # It is the token that was sent, so nothing was rotated.
    found = parse_tokens(answer(good(access_token=...)), (Secret("rt"),))
    assert isinstance(found, TokenRequestFailed)


def test_an_oauth_error_is_one_with_any_status() -> None:
    for status in (200, 400, 401):
        found = failure({"error": "invalid_grant", "refresh_token": "rt"}, status)
        assert (type(found), found.error) == (TokenRequestFailed, "invalid_grant")
        assert not found.outcome_unknown
        assert not found.may_still_happen


def test_an_answer_that_a_gateway_may_have_made_up_leaves_the_refresh_token_alone() -> None:
    for status in (408, 499, 500, 502, 503, 504, 520, 524, 530, 599):
        for content in (
            b"<title>A timeout occurred</title>",
            b"",
            {"message": "upstream timed out"},
            {"error": {"code": status}},
            # As frameworks write it: that is no code of OAuth's.
            {"status": status, "error": "Gateway Timeout", "path": "/oauth/token"},
        ):
            found = failure(content, status)
            assert found.outcome_unknown, (status, content)
            assert found.may_still_happen, (status, content)


def test_an_answer_of_the_endpoint_itself_is_the_end_of_the_request() -> None:
    for status in (500, 502, 503):
        found = failure({"error": "temporarily_unavailable"}, status)
        assert found.outcome_unknown
        assert not found.may_still_happen
    for status in (302, 400, 401, 403, 404, 405, 429):
        for content in (b"", b"<title>no</title>", {"error": "Too Many Requests"}):
            found = failure(content, status)
            assert not found.outcome_unknown
            assert not found.may_still_happen


@pytest.mark.parametrize("status", [404, 405])
def test_an_address_that_is_none_is_to_be_checked(status: int) -> None:
    assert "Check token_url" in str(failure(b"", status))
    assert "token_url" not in str(failure({"error": "invalid_client"}, status))
    assert "token_url" not in str(failure(b"", 400))


# A token that travels in a header has these characters (RFC 6750, section 2.1).
token_texts = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/", min_size=32
)


@given(
    token_texts,
    st.sampled_from(
        [
            '{"access_token":"%s","expires_in":864',
            '{"refresh_token" : "%s',
            "{'id_token': '%s', 'message': ",
            "grant_type=refresh_token&refresh_token=%s&client_id=abc",
            "<error><access_token>%s</access_token></error>",
        ]
    ),
    st.sampled_from([400, 403, 502]),
)
def test_no_message_shows_a_token_of_an_answer_that_cannot_be_read(
    token: str, form: str, status: int
) -> None:
    assert token[:16] not in str(failure((form % token).encode(), status))


def test_the_message_of_an_endpoint_is_shown_without_possible_tokens() -> None:
    says = (
        "upstream auth.example.com/oauth/token: connect() failed, see request-id 3f1c9b7a5d2e4f60"
    )
    assert says in str(failure(says.encode(), 502))
    shown = str(failure(says.replace("request-id", "token").encode(), 502))
    assert "failed, see token ***" in shown
    described = {"error": "invalid_request", "error_description": f"already issued: {'aB3-' * 9}"}
    assert str(failure(described, 400)).endswith("400 invalid_request: already issued: ***")


@pytest.mark.parametrize(
    "says",
    [
        "refresh_token cannot be reused",
        "refresh_token: not found",
        "refresh_token=invalid",
        "'refresh_token' was never issued to this client",
        "The refresh_token isn't valid any more.",
        "refresh_token NOT found",
        "refresh_token not-found",
        "access_token has expired, refresh_token hasn't",
        "refresh_token belongs to another client",
        "refresh_token reuse detected, the refresh_token is revoked.",
        "at 2026-11-29T15:42:58.123Z",
    ],
)
def test_a_sentence_about_a_token_keeps_its_meaning(says: str) -> None:
    answer = {"error": "invalid_grant", "error_description": says}
    assert str(failure(answer, 403)).endswith(f"403 invalid_grant: {says}")
    assert says in str(failure(says.encode(), 403))


@pytest.mark.parametrize(
    ("says", "shown"),
    [
        ("refresh_token: hunter never matched the grant. Ask again", "refresh_token: ***. Ask"),
        ("refresh_token=aB3cD4 was not found", "refresh_token=*** was not found"),
        ("refresh_token aB3cD4 was not found", "refresh_token *** was not found"),
        ('"refresh_token": "short", "x"', '"refresh_token": "***", "x"'),
        ("<access_token>short</access_token>", "<access_token>***</access_token>"),
        ("refresh_token not-" + "aB3" * 9, "refresh_token ***"),
    ],
)
def test_a_value_that_is_named_is_not_shown_and_its_sentence_is_not_turned(
    says: str, shown: str
) -> None:
    answer = {"error": "invalid_grant", "error_description": says}
    assert shown in str(failure(answer, 403))


@pytest.mark.parametrize(
    "named",
    [
        "request_id=0b2c7d1e-1111-4222-8333-944455556666",
        "Trace ID: 8f3c1b2a-0000-4111-8222-933344445555 Correlation ID: 01HV3K8Z9QJ4M2N7P5R6S8T9VW",
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "Ray ID: 8a1b2c3d4e5f6789-AMS.",
        "x-amzn-trace-id Root=1-67891233-abcdef012345678912345678",
        "(request-id: req_8aFk29sLmQ0xYz)",
        "tracking id #6f1c9b7a5d2e4f60a1b2",
    ],
)
def test_the_id_of_a_request_is_shown_where_it_is_named(named: str) -> None:
    answer = {"error": "server_error", "error_description": f"it failed, {named}"}
    assert str(failure(answer, 500)).endswith(named)


@given(
    token_texts,
    st.sampled_from(
        [
            "request_id: %s",
            "trace=%s",
            "refresh_token cannot %s be",
            "refresh_token=request_id=%s",
            "Ray ID: 8a1b2c3d4e5f6789-%s",
            "refresh_token: not %s",
        ]
    ),
)
def test_no_token_passes_for_an_id_or_a_word(token: str, form: str) -> None:
    says = {"error": "invalid_request", "error_description": form % f"v1.{token}"}
    assert token[:16] not in str(failure(says, 400))
