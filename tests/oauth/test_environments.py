"""A copy of production's database in another environment leaves production's connections alone."""

from typing import Any

import pytest

from katana_async import ConfigurationError, KatanaError, RowMoved
from katana_async.oauth import InsecurePlaintext, Key, KeyRing, Status, new_key
from tests.oauth.partner import BROWSER, DAY, Partner

CIPHERS: list[Any] = [InsecurePlaintext(), KeyRing(Key.parse(new_key()))]


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize(
    ("production", "staging"),
    [(None, "staging"), ("production", "staging"), ("production", None), ("a", "A")],
)
async def test_a_copy_refreshes_and_revokes_nothing(
    partner: Partner, cipher: Any, production: str | None, staging: str | None
) -> None:
    app = partner.app(cipher=cipher, environment=production)
    await partner.connect(app, "tenant")
    await partner.pass_time(DAY + 1)
    partner.sandbox.journal.clear()
    store = type(partner.store)(clock=partner.server_clock.time)
    store._rows = dict(partner.store._rows)
    copy = partner.app(cipher=cipher, store=store, environment=staging)
    for work in (
        copy.auth("tenant").credential,
        lambda: copy.refresh("tenant"),
        lambda: copy.connection("tenant"),
        lambda: copy.begin(session=BROWSER, connection_id="tenant"),
        lambda: copy.adopt("tenant", refresh_token="another"),
    ):
        with pytest.raises(RowMoved, match="another environment"):
            await work()
    assert [each.status async for each in copy.connections()] == [Status.UNREADABLE]
    await copy.disconnect("tenant")
    assert [each async for each in copy.connections()] == []
    assert len(partner.sandbox.journal) == 0
    await app.auth("tenant").credential()
    assert partner.oauth.grants["grant-1"].alive


async def test_all_processes_of_an_environment_open_its_rows(partner: Partner) -> None:
    cipher = KeyRing(Key.parse(new_key()))
    one, other = (partner.app(cipher=cipher, environment="staging") for _ in range(2))
    url = await one.begin(session=BROWSER, connection_id="tenant")
    await other.complete(partner.oauth.approve(url), session=BROWSER)
    await partner.pass_time(DAY + 1)
    await one.auth("tenant").credential()
    await other.auth("tenant").credential()
    assert partner.oauth.audit.count("refreshed") == 1
    rotation = [each async for each in other.rotate_keys()]
    assert rotation[-1].current == 1


async def test_an_authorization_of_another_environment_is_not_completed(partner: Partner) -> None:
    url = await partner.app(environment="production").begin(session=BROWSER)
    with pytest.raises(KatanaError):
        await partner.app(environment="staging").complete(
            partner.oauth.approve(url), session=BROWSER
        )
    assert partner.requests() == 0


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "ä"])
async def test_a_name_that_is_none_is_refused(partner: Partner, name: str) -> None:
    with pytest.raises(ConfigurationError, match="environment must be a name"):
        partner.app(environment=name)
