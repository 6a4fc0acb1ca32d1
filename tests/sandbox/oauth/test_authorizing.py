"""Authorization requests: refusals, and the errors that are redirected to the app."""

from typing import Any
from urllib.parse import urlencode

import pytest

from katana_async.sandbox.oauth import AuthorizationRefused, Company

from .conftest import AUDIENCE, REDIRECT_URI, App, parameters

TWO = [("state", "a"), ("state", "b")]


async def test_who_approves_sends_the_browser_back_with_code_and_state(app: App) -> None:
    url = app.sandbox.oauth.approve(app.authorization_url(state="a b&c=ü"))
    assert url.startswith(REDIRECT_URI + "?")
    given = parameters(url)
    assert set(given) == {"code", "state"}
    assert given["state"] == "a b&c=ü"
    [event] = app.sandbox.oauth.audit
    assert (event.kind, event.client_id) == ("authorized", app.client.client_id)
    assert event.at == app.clock.time()


async def test_who_denies_sends_the_browser_back_with_an_error(app: App) -> None:
    url = app.sandbox.oauth.deny(app.authorization_url())
    given = parameters(url)
    assert set(given) == {"error", "error_description", "state"}
    assert (given["error"], given["state"]) == ("access_denied", "the state")
    assert app.event_kinds() == ["denied"]


async def test_a_redirect_without_a_state_has_none(app: App) -> None:
    assert set(parameters(app.sandbox.oauth.approve(app.authorization_url(state=None)))) == {"code"}


async def test_a_query_that_a_redirect_uri_has_stays(app: App) -> None:
    uri = "https://app.test/back?tenant=7"
    client = app.sandbox.oauth.add_client(redirect_uris=(uri,))
    changes = {"client_id": client.client_id, "redirect_uri": uri}
    url = app.sandbox.oauth.approve(app.authorization_url(**changes))
    assert url.startswith(uri + "&code=")


MISTAKES: list[tuple[dict[str, str | None], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": ""}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"audience": None}, "invalid_request"),
    ({"audience": AUDIENCE + "/"}, "invalid_request"),
    ({"scope": "offline_access everything"}, "invalid_scope"),
    ({"scope": " "}, "invalid_scope"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": "s256"}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": "c" * 42}, "invalid_request"),
    ({"code_challenge": "c" * 44}, "invalid_request"),
    ({"code_challenge": "c" * 42 + "="}, "invalid_request"),
]


@pytest.mark.parametrize(("changes", "error"), MISTAKES)
async def test_an_error_is_redirected_to_the_app(
    app: App, changes: dict[str, str | None], error: str
) -> None:
    answer = await app.get(app.authorization_url(**changes))
    assert answer.status == 302
    assert answer.headers["Location"].startswith(REDIRECT_URI + "?")
    given = parameters(answer.headers["Location"])
    assert set(given) == {"error", "error_description", "state"}
    assert (given["error"], given["state"]) == (error, "the state")
    [event] = app.sandbox.oauth.audit
    assert (event.kind, event.client_id) == ("refused", app.client.client_id)
    assert event.detail.startswith(error)


@pytest.mark.parametrize(("changes", "error"), MISTAKES)
async def test_invalid_requests_can_be_neither_approved_nor_denied(
    app: App, changes: dict[str, str | None], error: str
) -> None:
    for decide in (app.sandbox.oauth.approve, app.sandbox.oauth.deny):
        with pytest.raises(AuthorizationRefused, match=error) as refused:
            decide(app.authorization_url(**changes))
        assert refused.value.error == error
        assert isinstance(refused.value, ValueError)
    assert app.event_kinds() == ["refused", "refused"]


@pytest.mark.parametrize("name", ["response_type", "scope", "audience", "code_challenge", "x"])
async def test_the_error_for_a_repeated_parameter_is_redirected_to_the_app(
    app: App, name: str
) -> None:
    given = [*app.authorization().items(), (name, "1"), (name, "2")]
    answer = await app.get(f"{app.sandbox.oauth.authorize_url}?{urlencode(given)}")
    told = parameters(answer.headers["Location"])
    assert (told["error"], told["state"]) == ("invalid_request", "the state")
    assert name in told["error_description"]


async def test_of_two_states_none_is_given_back(app: App) -> None:
    given = [*app.authorization(state=None).items(), *TWO]
    answer = await app.get(f"{app.sandbox.oauth.authorize_url}?{urlencode(given)}")
    told = parameters(answer.headers["Location"])
    assert set(told) == {"error", "error_description"}


async def test_unknown_parameters_are_ignored(app: App) -> None:
    changes: dict[str, Any] = {"prompt": "login", "nonce": "1", "scope": ""}
    assert "code" in parameters(app.sandbox.oauth.approve(app.authorization_url(**changes)))


UNSAFE: list[dict[str, str | None]] = [
    {"client_id": None},
    {"client_id": ""},
    {"client_id": "nobody"},
    {"redirect_uri": None},
    {"redirect_uri": ""},
    {"redirect_uri": "https://evil.test/callback"},
    {"redirect_uri": "javascript:alert(1)"},
    {"client_id": "<script>", "redirect_uri": "https://evil.test/<script>"},
]


@pytest.mark.parametrize("changes", UNSAFE)
async def test_no_error_is_redirected_to_an_unregistered_address(
    app: App, changes: dict[str, str | None]
) -> None:
    answer = await app.get(app.authorization_url(**changes))
    assert answer.status == 400
    assert "Location" not in answer.headers
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"<script" not in answer.body
    assert app.event_kinds() == ["refused"]
    with pytest.raises(AuthorizationRefused) as refused:
        app.sandbox.oauth.approve(app.authorization_url(**changes))
    assert refused.value.location is None


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_nor_where_two_addresses_or_apps_are_named(app: App, name: str) -> None:
    given = app.authorization()
    twice = urlencode([*given.items(), (name, given[name])])
    answer = await app.get(f"{app.sandbox.oauth.authorize_url}?{twice}")
    assert (answer.status, "Location" in answer.headers) == (400, False)


async def test_another_servers_page_cannot_be_approved_here(app: App) -> None:
    url = app.authorization_url().replace(app.sandbox.oauth.url, "https://login.katanamrp.com")
    with pytest.raises(ValueError, match="the consent page is at"):
        app.sandbox.oauth.approve(url)


async def test_only_accounts_that_are_there_can_be_chosen(app: App) -> None:
    with pytest.raises(ValueError, match="no such account"):
        app.sandbox.oauth.approve(app.authorization_url(), Company(1, "A", "a@b.test", "A"))
    assert app.event_kinds() == []


async def test_events_can_be_found_by_kind_and_grant(app: App) -> None:
    await app.connect()
    await app.connect()
    audit = app.sandbox.oauth.audit
    first = audit[0].grant
    assert (len(audit), len(audit[1:]), audit.count()) == (4, 3, 4)
    assert [event.kind for event in audit.find(grant=first)] == ["authorized", "exchanged"]
    assert audit.count("exchanged") == 2
    assert audit.count("exchanged", first) == 1
    audit.clear()
    assert not audit
