"""One process of a fleet that shares connections: tasks that want a token all the time.

It reads its task as one line of JSON on its standard input, works until that ends, and writes one
line of JSON for each event that the harness needs, such as the storing of fresh tokens. It checks
its credentials itself.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from typing import Any
from unittest.mock import patch

from attrs import define, field

from katana_async import KatanaClient, KatanaError, Unauthorized
from katana_async.auth import Auth, Credential
from katana_async.http.limits import ProcessLimits
from katana_async.oauth import (
    Key,
    KeyRing,
    OAuthApp,
    RedisTokenStore,
    SQLTokenStore,
    TokenStore,
)
from katana_async.oauth.tokens import token_session
from katana_async.oauth.tokens.refresh import StoredTokens
from katana_async.oauth.tokens.refresher import Refresher
from katana_async.secrets import Secret
from tests.oauth.partner import group_settings

SLACK = 0.25
"""Seconds, on a busy machine, that a token may be on its way from the row to its caller."""


def say(what: str, **facts: object) -> None:
    # One write, so that the lines of a process that is killed are whole.
    line = json.dumps({"what": what, "pid": os.getpid(), "at": time.time(), **facts}) + "\n"
    os.write(1, line.encode())


def store_of(url: str, prefix: str) -> TokenStore:
    if url.startswith("redis"):
        return RedisTokenStore(url, prefix=prefix)
    return SQLTokenStore(url, table_prefix=prefix)


class Watched(Refresher):
    """Report leases and stored tokens: a kill between them loses the tokens."""

    async def _refresh_under_lease(self, rejected: Secret | None) -> StoredTokens | None:
        say("leased", connection=self.connection_id)
        try:
            return await super()._refresh_under_lease(rejected)
        finally:
            say("freed", connection=self.connection_id)

    async def save(self, fresh: StoredTokens, *, tries: int) -> StoredTokens:
        saved = await super().save(fresh, tries=tries)
        # Not if the store did not take them, nor if the row has another process's.
        if saved.unsaved is None and saved.record.access == fresh.record.access:
            say("stored", connection=self.connection_id)
        return saved


@define(eq=False)
class CredentialCheck:
    """Check the age of credentials.

    A token is at least as old as this process's first sight of it. A credential that must have
    expired before it was requested was held for too long, however slow the machine is.

    Attributes:
        life: Lifetime of an access token, in seconds.
        ended: Expired credentials.
        late: Credentials that the API rejected.
    """

    life: float
    ended: int = 0
    late: int = 0
    known: dict[Secret, float] = field(factory=dict)

    def record(self, credential: Credential, asked: float) -> None:
        since = self.known.setdefault(credential.token, time.monotonic())
        self.ended += asked > since + self.life + SLACK


@define(eq=False)
class CheckedAuth:
    """The auth of a connection, with a check of each credential."""

    auth: Auth
    judge: CredentialCheck

    async def credential(self) -> Credential:
        asked = time.monotonic()
        credential = await self.auth.credential()
        self.judge.record(credential, asked)
        return credential

    async def rejected(self, credential: Credential) -> bool:
        self.judge.late += 1
        return await self.auth.rejected(credential)


async def work(order: dict[str, Any]) -> None:
    errors: Counter[str] = Counter()
    judge = CredentialCheck(order["life"])
    calls = requests = 0
    told_to_stop = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    patch.object(token_session, "Refresher", Watched).start()
    app = OAuthApp(
        store=store_of(order["store"], order["prefix"]),
        cipher=KeyRing(Key.parse(order["key"])),
        limits=ProcessLimits(10**6),
        **group_settings(order["app"]),
    )
    katana = KatanaClient(auth=None, base_url=order["app"]["api_url"], limits=ProcessLimits(10**6))
    async with app, katana:

        async def task() -> None:
            nonlocal calls, requests
            while not told_to_stop.done():
                auth = CheckedAuth(app.auth(random.choice(order["connections"])), judge)
                try:
                    await auth.credential()
                    if random.random() < order["calls"]:
                        requests += 1
                        await katana.with_auth(auth).request("GET", "/factory")
                    calls += 1
                except Unauthorized:
                    judge.late += 1  # once more
                except KatanaError as error:
                    errors[f"{type(error).__name__}: {error}"[:300]] += 1
                await asyncio.sleep(order["pause"] * random.random())

        say("working")
        await asyncio.gather(*(task() for _ in range(order["tasks"])))
    say(
        "done",
        calls=calls,
        requests=requests,
        ended=judge.ended,
        late=judge.late,
        errors=dict(errors),
    )


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.stdin.readline())))
