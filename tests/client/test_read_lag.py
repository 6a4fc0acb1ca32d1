"""Reads that lag behind writes by up to ten minutes, as docs/stale-reads.md describes."""

import itertools

import pytest

from katana_async import ApiKey, KatanaClient, NotFound
from katana_async.sandbox import ManualClock, Sandbox

TEN_MINUTES = 600.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_a_created_record_is_missing_or_there_by_the_age_of_each_read(
    clock: ManualClock,
) -> None:
    async with (
        Sandbox(products=10, clock=clock, rate_limit=None) as sandbox,
        KatanaClient(auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url) as katana,
    ):
        lags = itertools.cycle([TEN_MINUTES, 0.0])
        sandbox.oddities.read_lag["customers"] = TEN_MINUTES
        sandbox.oddities.choose_lag = lambda collection, most: next(lags)
        before = {each.id async for each in katana.customers.list()}  # the first lag
        next(lags)

        customer = await katana.customers.create(name="Northwind Bicycles")
        with pytest.raises(NotFound):
            await katana.customers.get(customer.id)  # ten minutes old
        listed = {each.id async for each in katana.customers.list()}  # of this moment
        assert listed == before | {customer.id}
        with pytest.raises(NotFound):  # and older again: two reads in a row disagree
            await katana.customers.get(customer.id)
        assert (await katana.customers.get(customer.id)).name == "Northwind Bicycles"

        # The write was carried out once, whatever the reads showed.
        assert sandbox.journal.count(method="POST", path="/customers") == 1


async def test_after_the_lag_every_read_shows_the_write(clock: ManualClock) -> None:
    async with (
        Sandbox(products=10, clock=clock, rate_limit=None) as sandbox,
        KatanaClient(auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url) as katana,
    ):
        sandbox.oddities.read_lag["customers"] = TEN_MINUTES
        clock.advance(1)
        customer = await katana.customers.create(name="Northwind Bicycles")
        clock.advance(TEN_MINUTES)
        for _ in range(20):
            assert (await katana.customers.get(customer.id)).name == "Northwind Bicycles"
            newest = await katana.customers.list().first()
            assert newest is not None
            assert newest.id == customer.id


async def test_an_update_shows_old_values_until_the_lag_has_passed(clock: ManualClock) -> None:
    async with (
        Sandbox(products=10, clock=clock, rate_limit=None) as sandbox,
        KatanaClient(auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url) as katana,
    ):
        customer = await katana.customers.list().first()
        assert customer is not None
        sandbox.oddities.read_lag["customers"] = TEN_MINUTES
        sandbox.oddities.choose_lag = lambda collection, most: most
        clock.advance(1)
        changed = await katana.customers.update(customer.id, comment="mornings")
        assert changed.comment == "mornings"
        old = await katana.customers.get(customer.id)
        assert old.comment == customer.comment
        assert changed.updated_at is not None
        assert old.updated_at is not None
        assert old.updated_at < changed.updated_at
        clock.advance(TEN_MINUTES)
        assert (await katana.customers.get(customer.id)).comment == "mornings"
