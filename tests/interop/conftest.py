"""Fixtures: an independent authorization server, and a partner that uses it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.interop.partner_setup import PartnerSetup, open_partner_setup
from tests.interop.provider import Provider, run_provider


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with run_provider() as provider:
        yield provider


@pytest.fixture
async def partner(provider: Provider) -> AsyncIterator[PartnerSetup]:
    async with open_partner_setup(provider) as partner:
        yield partner
