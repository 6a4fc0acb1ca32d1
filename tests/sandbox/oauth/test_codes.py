"""Authorization codes: binding, lifetime and single use."""

import base64
import hashlib

import pytest

from .conftest import REDIRECT_URI, VERIFIER, App


async def test_tokens_are_as_the_settings_say(app: App) -> None:
    settings = app.sandbox.oauth.settings
    settings.access_token_life = 90.7
    assert (await app.connect())["expires_in"] == 90
    settings.access_token_life = 0.5
    assert (await app.connect())["expires_in"] == 0
    settings.sends_expires_in = False
    assert "expires_in" not in await app.connect()


async def test_without_offline_access_there_is_no_refresh_token(app: App) -> None:
    tokens = await app.connect(scope=None)
    assert set(tokens) == {"access_token", "expires_in", "token_type"}
    assert (await app.call(tokens["access_token"])).status == 200


@pytest.mark.parametrize("late", [0.0, 1.0])
async def test_a_code_is_good_until_its_life_is_over(app: App, late: float) -> None:
    app.sandbox.oauth.settings.code_life = 0.5
    code = app.code()
    app.clock.advance(0.49 if not late else 0.5)
    answer = await app.post(app.exchange(code))
    assert answer.status == (400 if late else 200)
    if late:
        assert answer.json["error"] == "invalid_grant"
        assert "expired" in app.sandbox.oauth.audit.find("refused")[0].detail


async def test_an_unknown_code_is_refused(app: App) -> None:
    answer = await app.post(app.exchange("made-up"))
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


async def test_another_app_gets_nothing_for_a_code_and_does_not_spend_it(
    app: App, other: App
) -> None:
    code = app.code()
    answer = await other.post(other.exchange(code))
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert (await app.post(app.exchange(code))).status == 200
    await other.post(other.exchange(code))
    assert app.grant.alive


async def test_the_reuse_of_a_code_revokes_its_tokens(app: App) -> None:
    code = app.code()
    tokens = (await app.post(app.exchange(code))).json
    refreshed = (await app.refresh(tokens["refresh_token"])).json
    answer = await app.post(app.exchange(code))
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert app.event_kinds()[-2:] == ["reused", "chain_killed"]
    assert not app.grant.alive
    assert (await app.call(tokens["access_token"])).status == 401
    assert (await app.call(refreshed["access_token"])).status == 401
    assert (await app.refresh(refreshed["refresh_token"])).json["error"] == "invalid_grant"
    await app.post(app.exchange(code))
    assert (app.sandbox.oauth.audit.count("reused"), app.event_kinds().count("chain_killed")) == (
        2,
        1,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "http://127.0.0.1:50124/callback"},
        {"redirect_uri": REDIRECT_URI + "/"},
        {"code_verifier": "w" * 43},
    ],
)
async def test_a_code_is_bound_to_its_redirect_uri_and_challenge(
    app: App, wrong: dict[str, str]
) -> None:
    code = app.code()
    answer = await app.post(app.exchange(code, **wrong))
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    # A failed exchange also spends the code.
    again = await app.post(app.exchange(code))
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert app.event_kinds() == ["authorized", "refused", "refused"]
    assert len(app.sandbox.oauth.grants) == 0


async def test_a_challenge_needs_its_verifier(app: App) -> None:
    answer = await app.post(app.exchange(app.code(), code_verifier=None))
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert "code_verifier" in answer.json["error_description"]


async def test_a_verifier_needs_a_challenge(app: App) -> None:
    bare = {"code_challenge": None, "code_challenge_method": None}
    answer = await app.post(app.exchange(app.code(**bare)))
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    answer = await app.post(app.exchange(app.code(**bare), code_verifier=None))
    assert answer.status == 200


@pytest.mark.parametrize("verifier", ["v" * 42, "v" * 129, "v" * 42 + "+", "v" * 42 + "ü"])
async def test_a_malformed_verifier_is_refused(app: App, verifier: str) -> None:
    code = app.code()
    answer = await app.post(app.exchange(code, code_verifier=verifier))
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert (await app.post(app.exchange(code))).status == 200


@pytest.mark.parametrize("verifier", [VERIFIER, "-._~" + "aA0" * 40 + "x" * 4])
async def test_verifiers_of_every_length_and_letter_are_taken(app: App, verifier: str) -> None:
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    code = app.code(code_challenge=hashed.rstrip(b"=").decode())
    assert (await app.post(app.exchange(code, code_verifier=verifier))).status == 200


async def test_a_code_is_no_refresh_token_and_the_other_way_round(app: App) -> None:
    tokens = await app.connect()
    assert (await app.refresh(app.code())).json["error"] == "invalid_grant"
    answer = await app.post(app.exchange(tokens["refresh_token"]))
    assert answer.json["error"] == "invalid_grant"
    assert (await app.refresh(tokens["access_token"])).json["error"] == "invalid_grant"
    assert (await app.call(tokens["refresh_token"])).status == 401
    assert app.grant.alive
