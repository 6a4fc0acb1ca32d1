"""The examples of the page about token stores. `test_conformance.py` runs its suite."""

import re
from pathlib import Path
from typing import Any

import pytest

from katana_async.oauth import RedisTokenStore, SQLTokenStore
from tests.pages import python_blocks, read_page

PAGE = "docs/token-stores.md"
*STORES, _SUITE, _ADVANCE = python_blocks(PAGE)  # the last two run in test_conformance.py


async def test_the_stores_of_the_page_work(
    tmp_path: Path, postgres_url: str, redis_url: str, redis_prefix: str
) -> None:
    replacements = [
        ("/var/lib/app/tokens.db", str(tmp_path / "tokens.db")),
        ("//app:password@db.example/app", postgres_url.partition(":")[2]),
        ("rediss://:password@redis.example:6379/0", redis_url),
        ('"katana:"', repr(redis_prefix)),
    ]
    names: dict[str, Any] = {}
    for block in STORES:
        for shown, actual in replacements:
            block = block.replace(shown, actual)
        exec(block, names)
        assert await names["store"].write("a", 1, b"x") is True
        await names["store"].close()
    assert len(STORES) == 3
    assert (tmp_path / "tokens.db").exists()


@pytest.mark.parametrize("parameters", re.findall(r"`(\?[^`]+)`", read_page(PAGE)))
def test_the_url_parameters_of_the_page_are_accepted(parameters: str) -> None:
    if "socket" in parameters:
        RedisTokenStore(f"redis://redis.example/0{parameters}")
    else:
        SQLTokenStore(f"postgresql://db.example/app{parameters}")
