"""Callbacks that connect nothing, and their errors."""

import asyncio
import traceback
from typing import Any

import pytest
from yarl import URL

from katana_async import (
    AuthorizationDenied,
    AuthorizationFailed,
    CallbackError,
    NotConnected,
    OtherBrowser,
    OtherIssuer,
    StateExpired,
    StateUnknown,
    TokenRequestFailed,
    TokenStoreError,
)
from katana_async.oauth import MemoryTokenStore, Status
from katana_async.sandbox import faults
from tests.oauth.partner import BROWSER, Partner, query


async def test_a_person_who_refuses_is_not_connected(partner: Partner) -> None:
    app = partner.app()
    with pytest.raises(AuthorizationDenied):
        await app.complete(partner.oauth.deny(await app.begin(session=BROWSER)), session=BROWSER)
    assert [each async for each in app.connections()] == []


async def test_another_refusal_of_the_server_names_its_error(partner: Partner) -> None:
    app = partner.app()
    state = query(await app.begin(session=BROWSER))["state"]
    refused = {"error": "invalid_scope", "error_description": "no such scope", "state": state}
    with pytest.raises(AuthorizationFailed, match="invalid_scope: no such scope") as caught:
        await app.complete(refused, session=BROWSER)
    assert caught.value.error == "invalid_scope"


async def test_a_callback_in_another_browser_is_refused_and_harms_nothing(
    partner: Partner,
) -> None:
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    with pytest.raises(OtherBrowser):
        await app.complete(callback, session="the attacker's victim")
    assert (await app.complete(callback, session=BROWSER)).status is Status.CONNECTED
    with pytest.raises(OtherBrowser):
        await app.complete(callback, session="the attacker's victim")


async def test_a_state_that_was_never_issued_is_unknown(partner: Partner) -> None:
    app = partner.app()
    with pytest.raises(StateUnknown):
        await app.complete({"code": "c", "state": "made-up"}, session=BROWSER)


async def test_a_state_with_another_code_is_a_replay(partner: Partner) -> None:
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    await app.complete(callback, session=BROWSER)
    other = {**query(callback), "code": "stolen"}
    with pytest.raises(StateUnknown, match="another code"):
        await app.complete(other, session=BROWSER)
    assert partner.requests() == 1


async def test_a_late_callback_is_an_error_of_its_own(partner: Partner) -> None:
    app = partner.app(state_life=300)
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    await partner.pass_time(301)
    with pytest.raises(StateExpired, match="300 s"):
        await app.complete(callback, session=BROWSER)
    assert partner.requests() == 0


@pytest.mark.parametrize(
    ("issuer", "trusted"),
    [("own", True), ("own/", True), ("https://evil.example", False), ("", True)],
)
async def test_a_callback_of_another_server_is_a_mix_up(
    partner: Partner, issuer: str, trusted: bool
) -> None:
    app = partner.app()
    parameters = query(partner.oauth.approve(await app.begin(session=BROWSER)))
    parameters["iss"] = issuer.replace("own", partner.oauth.url)
    if trusted:
        assert (await app.complete(parameters, session=BROWSER)).status is Status.CONNECTED
        return
    with pytest.raises(OtherIssuer):
        await app.complete(parameters, session=BROWSER)
    assert partner.requests() == 0


@pytest.mark.parametrize(
    ("issuer", "trusted"),
    [
        ("https://login.example/realms/katana", True),
        ("https://login.example/realms/katana/", False),
        ("https://login.example", False),
    ],
)
async def test_an_issuer_that_is_named_must_be_exactly_that(
    partner: Partner, issuer: str, trusted: bool
) -> None:
    app = partner.app(issuer="https://login.example/realms/katana")
    parameters = query(partner.oauth.approve(await app.begin(session=BROWSER)))
    parameters["iss"] = issuer
    if trusted:
        await app.complete(parameters, session=BROWSER)
        return
    with pytest.raises(OtherIssuer):
        await app.complete(parameters, session=BROWSER)


@pytest.mark.parametrize(
    ("callback", "says"),
    [
        ("https://partner.example/callback", "no state"),
        ("https://partner.example/callback?code=a", "no state"),
        ("https://partner.example/callback?state=a", "neither a code nor an error"),
        ("code=a&code=b&state=s", "more than once"),
        ("state=a&state=a&code=c", "more than once"),
        ({"code": ["a", "b"], "state": ["s"]}, "more than once"),
        ({"code": 5, "state": "s"}, "must be text"),
        ("?" + "x=1&" * 200, "cannot be read"),
    ],
)
async def test_a_callback_without_a_code_or_an_error_is_refused(
    partner: Partner, callback: object, says: str
) -> None:
    with pytest.raises(CallbackError, match=says):
        await partner.app().complete(callback, session=BROWSER)  # type: ignore[arg-type]  # bad


async def test_a_code_whose_answer_is_lost_is_not_sent_again(partner: Partner) -> None:
    partner.sandbox.faults.add(faults.ResetAfterRead(processed=True), path="/oauth/token")
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    for _ in range(2):
        with pytest.raises(TokenRequestFailed):
            await app.complete(callback, session=BROWSER)
    assert partner.requests() == 1


async def test_a_browser_that_goes_away_does_not_stop_the_exchange(partner: Partner) -> None:
    partner.sandbox.faults.add(faults.Latency(0.5), path="/oauth/token")
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    impatient = asyncio.ensure_future(app.complete(callback, session=BROWSER))
    await partner.until(lambda: partner.requests() == 1)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    again = await partner.while_time_passes(app.complete(callback, session=BROWSER), step=0.01)
    assert (again.status, again.repeated) == (Status.CONNECTED, True)
    assert partner.requests() == 1


async def test_a_browser_that_goes_away_while_its_callback_is_taken_can_come_again(
    partner: Partner,
) -> None:
    class Shielding(MemoryTokenStore):
        """Like the SQL store, finish a write although the caller is cancelled."""

        gate: asyncio.Event | None = None

        async def write(self, key: str, *args: Any, **kwargs: Any) -> bool:
            written = await super().write(key, *args, **kwargs)
            if self.gate is not None:
                await self.gate.wait()
            return written

    store = partner.store = Shielding(clock=partner.server_clock.time)
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    store.gate = asyncio.Event()
    impatient = asyncio.ensure_future(app.complete(callback, session=BROWSER))
    for _ in range(10):
        await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    store.gate.set()
    again = await partner.while_time_passes(app.complete(callback, session=BROWSER), step=0.01)
    assert again.status is Status.CONNECTED
    assert partner.requests() == 1


async def test_a_process_that_dies_in_an_exchange_leaves_a_clear_error(partner: Partner) -> None:
    partner.sandbox.faults.add(faults.Latency(30), path="/oauth/token")
    dying, other = partner.app(), partner.app()
    callback = partner.oauth.approve(await dying.begin(session=BROWSER))
    first = asyncio.ensure_future(dying.complete(callback, session=BROWSER))
    await partner.until(lambda: partner.requests() == 1)
    for exchange in dying._context.tasks._running:
        exchange.cancel()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    with pytest.raises(TokenRequestFailed, match="did not finish") as caught:
        await partner.while_time_passes(other.complete(callback, session=BROWSER), step=1.0)
    assert caught.value.outcome_unknown


async def test_tokens_that_cannot_be_stored_are_the_stores_error(partner: Partner) -> None:
    class Full(MemoryTokenStore):
        async def write(self, key: str, *args: object, **kwargs: object) -> bool:
            if "/connections/" in key:
                raise OSError("no space left")
            return await super().write(key, *args, **kwargs)  # type: ignore[arg-type]  # passed on

    app = partner.app(store=Full(clock=partner.server_clock.time))
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    with pytest.raises(TokenStoreError, match="OSError: no space left"):
        await partner.while_time_passes(app.complete(callback, session=BROWSER), step=0.5)
    assert [each async for each in app.connections()] == []


async def test_an_error_has_the_return_to_of_its_authorization(partner: Partner) -> None:
    app = partner.app()
    denied = partner.oauth.deny(await app.begin(session=BROWSER, return_to="/settings"))
    for _ in range(2):
        with pytest.raises(AuthorizationDenied) as caught:
            await app.complete(denied, session=BROWSER)
        assert caught.value.return_to == "/settings"
    with pytest.raises(OtherBrowser) as refused:
        await app.complete(denied, session="another")
    assert refused.value.return_to is None


async def test_an_error_of_the_exchange_has_the_return_to_as_well(partner: Partner) -> None:
    app = partner.app(state_life=60)
    late = partner.oauth.approve(await app.begin(session=BROWSER, return_to="/late"))
    await partner.pass_time(61)
    with pytest.raises(StateExpired) as expired:
        await app.complete(late, session=BROWSER)
    assert expired.value.return_to == "/late"
    done = partner.oauth.approve(await app.begin(session=BROWSER, return_to="/gone"))
    connection = await app.complete(done, session=BROWSER)
    await app.disconnect(connection.id)
    with pytest.raises(NotConnected) as gone:
        await app.complete(done, session=BROWSER)
    assert gone.value.return_to == "/gone"


@pytest.mark.parametrize("wrap", [URL, lambda _: None, str.encode])
async def test_an_address_is_given_as_text(partner: Partner, wrap: Any) -> None:
    callback = partner.oauth.approve(await partner.app().begin(session=BROWSER))
    with pytest.raises(TypeError, match=r"pass str\(request.url\)") as caught:
        await partner.app().complete(wrap(callback), session=BROWSER)
    assert query(callback)["code"] not in repr(
        traceback.StackSummary.extract(
            iter(list(traceback.walk_tb(caught.value.__traceback__))[1:]), capture_locals=True
        )
    )
