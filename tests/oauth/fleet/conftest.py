"""The stores that a fleet shares."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import REDIS, postgres_database, redis_keys


@pytest.fixture
def shared_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Return the URL of an empty store, and the prefix of its tables or keys."""
    match request.param:
        case "SQLite":
            yield f"sqlite+aiosqlite:///{tmp_path}/tokens.db", "katana_"
        case "PostgreSQL":
            with postgres_database() as url:
                yield url.replace("postgresql://", "postgresql+asyncpg://"), "katana_"
        case _:
            with redis_keys() as prefix:
                yield REDIS, prefix
