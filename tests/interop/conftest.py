"""A partner whose customers are at an authorization server that nobody here wrote."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.interop.provider import Provider, running
from tests.interop.world import World, world_of


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
async def world(provider: Provider) -> AsyncIterator[World]:
    async with world_of(provider) as world:
        yield world
