"""Rules for all requests to the token endpoint."""

from typing import Any
from urllib.parse import urlencode

import pytest

from .conftest import FORM, App


async def post_refused(app: App, body: object, status: int, error: str, **options: Any) -> str:
    """Send a request, assert that it is refused, and return the description."""
    answer = await app.post(body, **options)
    assert (answer.status, answer.json["error"]) == (status, error), answer.body
    assert set(answer.json) == {"error", "error_description"}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    event = app.sandbox.oauth.audit[-1]
    assert (event.kind, event.detail.partition(":")[0]) == ("refused", error)
    description: str = answer.json["error_description"]
    return description


async def test_token_answers_must_not_be_cached(app: App) -> None:
    answer = await app.post(app.exchange(app.code()))
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_only_post_gets_tokens(app: App, method: str) -> None:
    async with app.session.request(method, app.sandbox.oauth.token_url) as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")
        assert (await response.json())["error"] == "invalid_request"


async def test_head_gets_no_body(app: App) -> None:
    async with app.session.head(app.sandbox.oauth.token_url) as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", f"{FORM}; a=b"]
)
async def test_only_forms_are_read(app: App, kind: str) -> None:
    body = app.exchange(app.code())
    said = await post_refused(app, body, 400, "invalid_request", headers={"Content-Type": kind})
    assert FORM in said


@pytest.mark.parametrize("kind", [FORM, FORM.upper(), f"{FORM};charset=UTF-8"])
async def test_a_form_may_say_that_it_is_utf_8(app: App, kind: str) -> None:
    answer = await app.post(app.exchange(app.code()), headers={"Content-Type": kind})
    assert answer.status == 200


@pytest.mark.parametrize(
    "body",
    ["grant_type", "grant_type=%zz", "grant_type=%ff", "grant_type=ü", "a=1&&b=2", "x=&" * 200],
)
async def test_a_form_must_be_well_formed(app: App, body: str) -> None:
    await post_refused(app, body.encode(), 400, "invalid_request")


async def test_a_body_is_needed(app: App) -> None:
    assert "grant_type" in await post_refused(app, "", 400, "invalid_request")


async def test_parameters_in_the_address_are_refused(app: App) -> None:
    body = app.exchange(app.code())
    path = f"/oauth/token?client_secret={app.client.client_secret}"
    await post_refused(app, body, 400, "invalid_request", path=path)
    assert (await app.post(body)).status == 200


@pytest.mark.parametrize(
    ("header", "challenge"), [("Basic YTpi", "Basic"), ("Bearer x", "Bearer"), ("Other", "Basic")]
)
async def test_credentials_in_a_header_are_refused(app: App, header: str, challenge: str) -> None:
    answer = await app.post(app.exchange(app.code()), headers={"Authorization": header})
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"] == f'{challenge} realm="sandbox"'
    assert "Authorization" in answer.json["error_description"]


@pytest.mark.parametrize("name", ["grant_type", "client_id", "redirect_uri", "code", "state"])
async def test_a_repeated_parameter_is_refused(app: App, name: str) -> None:
    body = app.exchange(app.code())
    again = [*body.items(), (name, body.get(name, "")), (name, "")]
    said = await post_refused(app, urlencode(again), 400, "invalid_request")
    assert name in said


@pytest.mark.parametrize("name", ["grant_type", "client_id", "redirect_uri", "code"])
@pytest.mark.parametrize("value", [None, ""])
async def test_a_missing_parameter_of_an_exchange_is_named(
    app: App, name: str, value: str | None
) -> None:
    body = app.exchange(app.code(), **{name: value})
    assert name in await post_refused(app, body, 400, "invalid_request")


@pytest.mark.parametrize("name", ["grant_type", "client_id", "redirect_uri", "refresh_token"])
@pytest.mark.parametrize("value", [None, ""])
async def test_a_missing_parameter_of_a_refresh_is_named(
    app: App, name: str, value: str | None
) -> None:
    token = (await app.connect())["refresh_token"]
    body = app.refreshing(token, **{name: value})
    assert name in await post_refused(app, body, 400, "invalid_request")
    assert app.grant.accepts(token)


@pytest.mark.parametrize("value", [None, ""])
async def test_an_app_without_a_secret_is_refused(app: App, value: str | None) -> None:
    body = app.exchange(app.code(), client_secret=value)
    assert "client_secret" in await post_refused(app, body, 401, "invalid_client")


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "wrong"}, {"client_secret": "ü"}, {"client_id": "nobody"}]
)
async def test_wrong_credentials_are_a_401_and_spend_nothing(
    app: App, wrong: dict[str, str]
) -> None:
    code = app.code()
    await post_refused(app, app.exchange(code, **wrong), 401, "invalid_client")
    tokens = (await app.post(app.exchange(code))).json
    await post_refused(app, app.refreshing(tokens["refresh_token"], **wrong), 401, "invalid_client")
    assert (await app.refresh(tokens["refresh_token"])).status == 200


@pytest.mark.parametrize("kind", ["password", "client_credentials", "AUTHORIZATION_CODE", "x"])
async def test_other_grant_types_are_not_supported(app: App, kind: str) -> None:
    await post_refused(app, app.exchange("x", grant_type=kind), 400, "unsupported_grant_type")


@pytest.mark.parametrize("name", ["refresh_token", "scope", "audience", "state"])
async def test_an_exchange_takes_no_other_parameters(app: App, name: str) -> None:
    body = app.exchange(app.code(), **{name: "x"})
    assert name in await post_refused(app, body, 400, "invalid_request")


@pytest.mark.parametrize("name", ["code", "code_verifier", "audience"])
async def test_a_refresh_takes_no_other_parameters(app: App, name: str) -> None:
    body = app.refreshing((await app.connect())["refresh_token"], **{name: "x"})
    assert name in await post_refused(app, body, 400, "invalid_request")


async def test_a_parameter_name_that_looks_like_a_secret_is_not_repeated(app: App) -> None:
    token = (await app.connect())["refresh_token"]
    said = await post_refused(app, app.refreshing(token, **{token: "x"}), 400, "invalid_request")
    assert token not in said


async def test_an_event_names_only_apps_that_are_registered(app: App) -> None:
    await app.post(app.exchange("x", client_id="nobody"))
    await app.post(app.exchange("x"))
    ids = [event.client_id for event in app.sandbox.oauth.audit]
    assert ids == [None, app.client.client_id]


@pytest.mark.parametrize("path", ["/oauth/", "/oauth/device/code", "/oauth/token/"])
async def test_there_are_no_other_endpoints(app: App, path: str) -> None:
    assert (await app.post({"a": "b"}, path)).status == 404


async def test_a_mistake_of_the_sandboxs_own_is_a_server_error_that_is_logged(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    app.sandbox.oauth.settings.access_token_life = None  # type: ignore[assignment]  # the mistake
    answer = await app.post(app.exchange(app.code()))
    assert (answer.status, answer.json["error"]) == (500, "server_error")
    assert "TypeError" in answer.json["error_description"]
    assert "the sandbox failed at POST /oauth/token" in caplog.text
