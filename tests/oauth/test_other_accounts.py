"""Mending a connection with the same account, or, with `any_account`, with another one."""

from typing import Any

import pytest
from attrs import evolve

from katana_async import AccountUnknown, OtherAccount
from katana_async.oauth import Account, Completed, OAuthApp
from katana_async.sandbox import faults
from katana_async.sandbox.callers import Company
from tests.oauth.partner import BROWSER, DAY, Partner


def company(partner: Partner, **differing: Any) -> Company:
    """Return the first company of the sandbox with other values, as another one there."""
    companies = partner.oauth._state.companies
    other: Company = evolve(companies[0], **differing)
    companies.append(other)
    return other


async def mend(
    partner: Partner, app: OAuthApp, account: Company | None = None, **settings: Any
) -> Completed:
    url = await app.begin(session=BROWSER, connection_id="tenant", **settings)
    callback = partner.oauth.approve(url, account=account)
    return await partner.while_time_passes(app.complete(callback, session=BROWSER), step=0.5)


async def write_account(partner: Partner, app: OAuthApp, account: Account | None) -> None:
    """Write another account to the row, as from an earlier version or an outage."""
    opened = await app._sealed_rows.read_connection("tenant")
    assert opened is not None
    record = evolve(opened.record, account=account)
    assert await app._sealed_rows.save_connection("tenant", opened.version + 1, record)


async def test_the_id_of_the_factory_is_the_account(partner: Partner) -> None:
    connection = await partner.connect(partner.app())
    assert connection.account is not None
    assert connection.account.factory_id == partner.oauth._state.companies[0].factory_id


async def test_another_factory_of_the_same_person_is_another_account(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    before = await partner.record(app, "tenant")
    with pytest.raises(OtherAccount):
        await mend(partner, app, company(partner, factory_id=7))
    with pytest.raises(OtherAccount):
        await mend(partner, app, company(partner, factory_id=8, id=9, email="x@other.example"))
    assert await partner.record(app, "tenant") == before


async def test_a_colleague_may_mend_it_and_a_company_may_be_renamed(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    colleague = company(partner, id=5, email="colleague@nordwall.example", name="Nordwall Group")
    connection = await mend(partner, app, colleague)
    assert connection.name == "Nordwall Group"
    assert connection.previous_account is None


@pytest.mark.parametrize(
    "known",
    [
        Account(company="Other", user_id=None),
        Account(company="Nordwall", user_id=12),
        Account(user_id=12),
        Account(company="Nordwall", legal_name="Other Ltd"),
    ],
)
async def test_without_ids_whatever_differs_is_another_account(
    partner: Partner, known: Account
) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    await write_account(partner, app, known)
    partner.oauth.kill("grant-1")
    await partner.pass_time(DAY + 1)  # so its own tokens cannot ask any more
    with pytest.raises(OtherAccount):
        await mend(partner, app)


@pytest.mark.parametrize("known", [None, Account(company="A name of another time")])
async def test_an_account_that_a_row_lacks_is_read_with_its_own_tokens(
    partner: Partner, known: Account | None
) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    await write_account(partner, app, known)
    await partner.pass_time(DAY + 1)
    other = partner.oauth.add_account(name="Other Company", email="eve@other.example")
    with pytest.raises(OtherAccount, match="Nordwall"):
        await mend(partner, app, other)
    connection = await mend(partner, app)
    assert connection.account is not None
    assert connection.account.company == "Nordwall"


async def test_a_new_account_that_could_not_be_read_is_read_again(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    other = partner.oauth.add_account(name="Other Company", email="eve@other.example")
    # The first reading ends at its deadline, the second one is answered.
    partner.sandbox.faults.add(faults.Status(500), path="/factory", times=5)
    with pytest.raises(OtherAccount, match="Other Company"):
        await mend(partner, app, other)


@pytest.mark.parametrize("away", [["/factory"], ["/factory", "/user_info"]])
async def test_an_account_that_cannot_be_read_replaces_none(
    partner: Partner, away: list[str]
) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    before = await partner.record(app, "tenant")
    for path in away:
        partner.sandbox.faults.add(faults.Status(500), path=path, times=None)
    url = await app.begin(session=BROWSER, connection_id="tenant")
    callback = partner.oauth.approve(url)
    for _ in range(2):  # and a reload is the same
        with pytest.raises(AccountUnknown) as caught:
            await partner.while_time_passes(app.complete(callback, session=BROWSER), step=0.5)
        assert caught.value.connection_id == "tenant"
    assert await partner.record(app, "tenant") == before
    # Who allows any account does not depend on it, and the name before it does not stay.
    connection = await mend(partner, app, any_account=True)
    assert connection.account != before.account
    assert connection.previous_account == before.account


async def test_any_account_returns_the_replaced_one(partner: Partner) -> None:
    app = partner.app()
    first = await partner.connect(app, "tenant")
    assert first.previous_account is None
    other = partner.oauth.add_account(name="Other Company", email="eve@other.example")
    url = await app.begin(session=BROWSER, connection_id="tenant", any_account=True)
    callback = partner.oauth.approve(url, account=other)
    for repeated in (False, True):
        connection = await app.complete(callback, session=BROWSER)
        assert connection.repeated is repeated
        assert connection.previous_account == first.account
    assert (await mend(partner, app, other, any_account=True)).previous_account is None
