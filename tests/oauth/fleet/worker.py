"""One process of a fleet that shares connections: tasks that want a token all the time.

It is told what to do in one line of JSON on its standard input, works until that ends, and writes
one line of JSON for each thing that a judge must know, such as when fresh tokens were stored.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from typing import Any

from katana_async import KatanaClient, KatanaError, Unauthorized
from katana_async.http.limits import ProcessLimits
from katana_async.oauth import (
    Key,
    KeyRing,
    OAuthApp,
    RedisTokenStore,
    SQLTokenStore,
    TokenStore,
)
from katana_async.oauth.refresher import Refresher


def say(what: str, **facts: object) -> None:
    # One write, so that the lines of a process that is killed are whole.
    line = json.dumps({"what": what, "pid": os.getpid(), "at": time.time(), **facts}) + "\n"
    os.write(1, line.encode())


def store_of(url: str, prefix: str) -> TokenStore:
    if url.startswith("redis"):
        return RedisTokenStore(url, prefix=prefix)
    return SQLTokenStore(url, table_prefix=prefix)


class Watched(Refresher):
    """Say when what came of a refresh was stored: before that, a kill loses it."""

    async def _settled(self, connection_id: str, mine: Any, outcome: Any, asked: float) -> Any:
        found = await super()._settled(connection_id, mine, outcome, asked)
        say("settled", connection=connection_id, answered=type(outcome).__name__)
        return found


def watched(app: OAuthApp) -> OAuthApp:
    refresher = app._refresher
    app._refresher = app._keeper.refresher = Watched(
        app=refresher.app,
        vault=refresher.vault,
        endpoint=refresher.endpoint,
        timing=refresher.timing,
        clock=refresher.clock,
        on_refresh=refresher.on_refresh,
        on_reauthorization_required=refresher.on_reauthorization_required,
    )
    return app


async def work(order: dict[str, Any]) -> None:
    errors: Counter[str] = Counter()
    calls = 0
    told_to_stop = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    app = OAuthApp(
        store=store_of(order["store"], order["prefix"]),
        cipher=KeyRing(Key.parse(order["key"])),
        limits=ProcessLimits(10**6),
        **order["app"],
    )
    katana = KatanaClient(auth=None, base_url=order["app"]["api_url"], limits=ProcessLimits(10**6))
    async with watched(app), katana:

        async def task() -> None:
            nonlocal calls
            while not told_to_stop.done():
                connection = random.choice(order["connections"])
                try:
                    credential = await app.auth(connection).credential()
                    if random.random() < order["calls"]:
                        await katana.with_auth(app.auth(connection)).request("GET", "/factory")
                    calls += 1
                    del credential
                except Unauthorized:
                    # The token ended on its way there: of two cores, one that lives for a second.
                    errors["late"] += 1
                except KatanaError as error:
                    errors[f"{type(error).__name__}: {error}"[:300]] += 1
                await asyncio.sleep(order["pause"] * random.random())

        say("working")
        await asyncio.gather(*(task() for _ in range(order["tasks"])))
    say("done", calls=calls, errors=dict(errors))


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.stdin.readline())))
