"""What the page about token stores shows is used; its suite runs in `test_conformance.py`."""

import re
from pathlib import Path
from typing import Any

import pytest

from katana_async.oauth.stores import RedisTokenStore, SQLTokenStore
from tests.pages import python_blocks, read_page

PAGE = "docs/token-stores.md"
*STORES, _SUITE, _ADVANCE = python_blocks(PAGE)  # the last two run in test_conformance.py


async def test_the_stores_that_the_page_shows_can_be_written_to(
    tmp_path: Path, postgres_url: str, redis_url: str, redis_prefix: str
) -> None:
    places = [
        ("/var/lib/app/tokens.db", str(tmp_path / "tokens.db")),
        ("//app:password@db.example/app", postgres_url.partition(":")[2]),
        ("rediss://:password@redis.example:6379/0", redis_url),
        ('"katana:"', repr(redis_prefix)),
    ]
    names: dict[str, Any] = {}
    for block in STORES:
        for shown, here in places:
            block = block.replace(shown, here)
        exec(block, names)
        assert await names["store"].write("a", 1, b"x") is True
        await names["store"].close()
    assert len(STORES) == 3
    assert (tmp_path / "tokens.db").exists()


@pytest.mark.parametrize("parameters", re.findall(r"`(\?[^`]+)`", read_page(PAGE)))
def test_what_the_page_puts_into_a_url_may_be_there(parameters: str) -> None:
    if "socket" in parameters:
        RedisTokenStore(f"redis://redis.example/0{parameters}")
    else:
        SQLTokenStore(f"postgresql://db.example/app{parameters}")
