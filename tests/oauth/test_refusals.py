"""Refreshes that are refused until a person acts: shown, notified, and given up."""

from typing import Any

import pytest
from attrs import evolve

from katana_async import ReauthorizationRequired, TokenRequestFailed
from katana_async.oauth import Connection, OAuthApp, Status
from katana_async.sandbox import faults
from tests.oauth.partner import DAY, Partner

HOUR = 3600


def refuse(partner: Partner, code: str, status: int = 403) -> None:
    partner.sandbox.faults.add(faults.Status(status, {"error": code}), path="/oauth/token")


async def fail(partner: Partner, app: OAuthApp, connection_id: str, code: str) -> None:
    refuse(partner, code)
    with pytest.raises(TokenRequestFailed, match=code):
        await app.auth(connection_id).credential()


async def statuses(app: OAuthApp, status: Any = None) -> list[Status]:
    return [each.status async for each in app.connections(status=status)]


async def test_a_refusal_is_stored_with_its_time_and_notified_once(partner: Partner) -> None:
    told: list[Connection] = []
    app, connection_id = await partner.expired(on_refresh_failed=told.append)
    began = partner.server_clock.time()
    for _ in range(3):
        await fail(partner, app, connection_id, "mfa_required")
        await partner.pass_time(300)
    found = await partner.app().connection(connection_id)
    assert (found.status, found.error) == (Status.FAILING, "mfa_required")
    assert found.reason is not None
    assert "mfa_required" in found.reason
    assert found.failing_since is not None
    assert found.failed_at is not None
    assert found.failing_since.timestamp() == pytest.approx(began, abs=5)
    assert found.failed_at.timestamp() == pytest.approx(began + 600, abs=5)
    assert [(each.id, each.error) for each in told] == [(connection_id, "mfa_required")]
    await fail(partner, app, connection_id, "consent_required")
    await partner.until(lambda: len(told) == 2)
    assert told[1].failing_since == found.failing_since


async def test_connections_are_listed_by_status(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    await fail(partner, app, connection_id, "access_denied")
    await partner.connect(app, "well")
    assert await statuses(app, Status.FAILING) == [Status.FAILING]
    assert await statuses(app, "connected") == [Status.CONNECTED]
    assert sorted(await statuses(app)) == [Status.CONNECTED, Status.FAILING]
    with pytest.raises(ValueError, match="conected"):
        app.connections(status="conected")


@pytest.mark.parametrize(
    ("code", "lasts"),
    [
        ("mfa_required", HOUR),
        ("consent_required", HOUR),
        ("interaction_required", HOUR),
        ("login_required", HOUR),
        ("access_denied", HOUR),
        ("unauthorized_client", DAY),
        ("a_code_of_another_server", DAY),
    ],
)
async def test_a_lasting_refusal_ends_the_connection(
    partner: Partner, code: str, lasts: int
) -> None:
    app, connection_id = await partner.expired()
    await fail(partner, app, connection_id, code)
    await partner.pass_time(lasts - 60)
    await fail(partner, app, connection_id, code)
    assert partner.ended == []
    await partner.pass_time(61)
    refuse(partner, code)
    with pytest.raises(ReauthorizationRequired, match=code):
        await app.auth(connection_id).credential()
    found = await app.connection(connection_id)
    assert (found.status, found.error) == (Status.REAUTHORIZE, code)
    assert [each.id for each in partner.ended] == [connection_id]
    requests = partner.requests()
    with pytest.raises(ReauthorizationRequired):
        await partner.app().auth(connection_id).credential()
    assert partner.requests() == requests
    # And it is mended as any other.
    connection = await partner.connect(app, connection_id)
    assert (connection.status, connection.error) == (Status.CONNECTED, None)


@pytest.mark.parametrize("code", ["invalid_request", "invalid_scope"])
async def test_a_fault_of_the_app_ends_no_connection(partner: Partner, code: str) -> None:
    app, connection_id = await partner.expired()
    for _ in range(4):
        await fail(partner, app, connection_id, code)
        await partner.pass_time(DAY)
    assert await statuses(app) == [Status.FAILING]
    await app.auth(connection_id).credential()
    found = await app.connection(connection_id)
    assert (found.status, found.error, found.failing_since) == (Status.CONNECTED, None, None)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (503, "temporarily_unavailable"),
        (400, "slow_down"),
        (500, "mfa_x"),
        (401, "invalid_client"),  # a process with a wrong secret: no connection is harmed
    ],
)
async def test_a_temporary_error_is_no_refusal(partner: Partner, status: int, code: str) -> None:
    app, connection_id = await partner.expired()
    refuse(partner, code, status)
    with pytest.raises(TokenRequestFailed):
        await app.auth(connection_id).credential()
    assert await statuses(app) == [Status.CONNECTED]


async def test_a_reason_that_is_new_has_its_own_time(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    await fail(partner, app, connection_id, "invalid_scope")
    await partner.pass_time(DAY)
    await fail(partner, app, connection_id, "mfa_required")
    assert await statuses(app) == [Status.FAILING]


async def test_a_token_that_lives_is_used_whatever_is_refused(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    for _ in range(3):
        refuse(partner, "mfa_required")
        with pytest.raises(TokenRequestFailed):
            await app.refresh("tenant")
        await partner.pass_time(2 * HOUR)
        await app.auth("tenant").credential()
    assert await statuses(app) == [Status.FAILING]


async def test_a_grant_that_ended_has_its_code_too(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    partner.oauth.kill("grant-1")
    with pytest.raises(ReauthorizationRequired):
        await app.auth(connection_id).credential()
    found = await app.connection(connection_id)
    assert (found.status, found.error) == (Status.REAUTHORIZE, "invalid_grant")
    assert found.failing_since is not None


async def test_a_token_of_unknown_life_has_ended_when_the_api_refuses_it(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    opened = await app._sealed_rows.read_connection("tenant")
    assert opened is not None
    record = evolve(opened.record, life=None)
    assert await app._sealed_rows.save_connection("tenant", opened.version + 1, record)
    app._sessions.get("tenant").drop_tokens()
    credential = await app.auth("tenant").credential()
    await partner.pass_time(60)
    for error in (TokenRequestFailed, ReauthorizationRequired):
        refuse(partner, "consent_required")
        with pytest.raises(error):
            await app.auth("tenant").rejected(credential)
        await partner.pass_time(HOUR + 1)
