"""A sandbox, a store, and a fleet of processes on them: started, killed, stopped and judged."""

import asyncio
import json
import math
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any

from attrs import define, field, frozen

from katana_async.http.limits import ProcessLimits
from katana_async.oauth import KeyRing, OAuthApp
from katana_async.oauth.sealing.keys import Key, new_key
from katana_async.sandbox import Sandbox
from tests.oauth.fleet.worker import store_of
from tests.oauth.partner import group_settings

BROWSER = "the id of a browser's session"


@frozen
class Size:
    """The size of a run.

    Attributes:
        processes: Worker processes that share the store.
        tasks: Tasks of each process.
        connections: Connections that all processes use.
        seconds: Duration of the run.
    """

    processes: int
    tasks: int
    connections: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.processes} processes x {self.tasks} tasks x {self.connections} connections,"
            f" {self.seconds:g} s"
        )


LIFE = 1.0
TIMING = {"timeout": 1.0, "lease": 2.0, "patience": 4.0}


@define(eq=False)
class Fleet:
    """The running processes, and the lines that they wrote."""

    sandbox: Sandbox
    store_url: str
    prefix: str
    size: Size
    timing: dict[str, float]
    key: str = field(factory=new_key)
    grants: dict[str, str] = field(factory=dict)
    said: list[dict[str, Any]] = field(factory=list)
    killed: list[tuple[int, float]] = field(factory=list)
    _running: dict[int, asyncio.subprocess.Process] = field(factory=dict)
    _readers: set[asyncio.Task[None]] = field(factory=set)
    _until: float = 0.0

    def app(self, **more: Any) -> OAuthApp:
        """Return an app in this process that shares the store."""
        store = store_of(self.store_url, self.prefix)
        cipher = KeyRing(Key.parse(self.key))
        settings: dict[str, Any] = {**self._settings(), "limits": ProcessLimits(), **more}
        return OAuthApp(store=store, cipher=cipher, **group_settings(settings))

    def _settings(self) -> dict[str, Any]:
        oauth = self.sandbox.oauth
        return {
            "client_id": oauth.client.client_id,
            "client_secret": oauth.client.client_secret,
            "redirect_uri": "http://127.0.0.1:8000/callback",
            "authorize_url": oauth.authorize_url,
            "token_url": oauth.token_url,
            "revoke_url": oauth.revoke_url,
            "api_url": self.sandbox.base_url,
            **self.timing,
        }

    async def connect(self) -> None:
        """Connect all accounts."""
        oauth = self.sandbox.oauth
        async with self.app() as app:
            for number in range(self.size.connections):
                account = oauth.add_account(name=f"Company {number}", email=f"{number}@a.example")
                url = await app.begin(session=BROWSER, connection_id=f"tenant-{number}")
                callback = oauth.approve(url, account=account)
                connection = await app.complete(callback, session=BROWSER)
                self.grants[connection.id] = list(oauth.grants)[-1]
        oauth.audit.clear()

    async def start(self) -> int:
        """Start one process and return its pid."""
        order = {
            "store": self.store_url,
            "prefix": self.prefix,
            "key": self.key,
            "app": self._settings(),
            "connections": list(self.grants),
            "life": LIFE,
            "tasks": self.size.tasks,
            # So much that a connection is wanted all the time, and two cores can bear it.
            "pause": 0.0008 * self.size.processes * self.size.tasks,
            "calls": 0.05,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "error",
            "-m",
            "tests.oauth.fleet.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(order).encode() + b"\n")
        self._running[process.pid] = process
        reader = asyncio.ensure_future(self._listen(process))
        self._readers.add(reader)
        reader.add_done_callback(self._readers.discard)
        return process.pid

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.said.append(json.loads(line))
        await process.wait()
        self._running.pop(process.pid, None)

    async def work(self) -> None:
        """Start all processes, and wait until they work."""
        for _ in range(self.size.processes):
            await self.start()
        while len(self.working()) < self.size.processes:
            assert len(self._running) == self.size.processes, "a process ended before it worked"
            await asyncio.sleep(0.02)
        self._until = time.monotonic() + self.size.seconds

    def working(self) -> list[int]:
        """Return the processes that have come as far as to work."""
        begun = {each["pid"] for each in self.said if each["what"] == "working"}
        ended = {each["pid"] for each in self.said if each["what"] == "done"}
        return [pid for pid in self._running if pid in begun - ended]

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._until

    def _signal(self, pid: int, what: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(pid, what)

    async def kill_at_random(self) -> None:
        """Kill processes at random moments, and start others in their place."""
        while not self.over:
            # So seldom that two cores can bear the processes that start in their place.
            await asyncio.sleep(random.random() * 0.3 * self.size.processes)
            if victims := self.working():
                pid = random.choice(victims)
                self._signal(pid, signal.SIGKILL)
                self.killed.append((pid, time.time()))
                await self.start()

    async def stop_at_random(self, seconds: float) -> None:
        """Stop processes at random moments, for so many seconds each."""

        async def stop(pid: int) -> None:
            self._signal(pid, signal.SIGSTOP)
            await asyncio.sleep(seconds)
            self._signal(pid, signal.SIGCONT)

        stopped: list[asyncio.Task[None]] = []
        while not self.over:
            await asyncio.sleep(random.random() * 0.5)
            if victims := self.working():
                stopped.append(asyncio.ensure_future(stop(random.choice(victims))))
        await asyncio.gather(*stopped)

    async def stop_all_when(self, condition: Callable[[], bool], seconds: float) -> None:
        """Stop every process at one moment, for so many seconds."""
        while not condition():  # noqa: ASYNC110 - what is awaited happens in other processes
            await asyncio.sleep(0.002)
        pids = list(self._running)
        for pid in pids:
            self._signal(pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        for pid in pids:
            self._signal(pid, signal.SIGCONT)

    async def finish(self) -> None:
        """Wait until the time is over, then let all processes end."""
        while not self.over:  # noqa: ASYNC110 - time is what is waited for
            await asyncio.sleep(0.05)
        for process in self._running.values():
            assert process.stdin is not None
            process.stdin.close()
        await asyncio.gather(*self._readers)

    def kill_all(self) -> None:
        """Leave nothing running."""
        for process in self._running.values():
            process.kill()

    # -- judging

    def errors(self) -> Counter[str]:
        """Return the errors of callers, with their numbers."""
        total: Counter[str] = Counter()
        for each in self.said:
            if each["what"] == "done":
                total.update(each["errors"])
        return total

    def count(self, what: str) -> int:
        """Return how many of them the processes that lived to the end counted (see `worker.py`)."""
        return sum(each[what] for each in self.said if each["what"] == "done")

    def windows(self) -> list[float]:
        """Return for each refresh the seconds from the server's rotation to the row's writing.

        A process that is killed within them loses the connection.
        """
        return sorted(
            at - rotated
            for connection in self.grants
            for rotated, at in self.match_writes(connection)
            if at is not None
        )

    def match_writes(self, connection: str) -> list[tuple[float, float | None]]:
        """Return when a connection was refreshed, each with when that was stored, if it was."""
        rotations, stored = self.refreshes(connection), self.store_times(connection)
        return [
            (rotated, next((at for at in stored if rotated <= at < following), None))
            for rotated, following in pairwise([*rotations, math.inf])
        ]

    def store_times(self, connection: str) -> list[float]:
        """Return when fresh tokens of a connection were stored."""
        return sorted(
            each["at"]
            for each in self.said
            if each["what"] == "stored" and each["connection"] == connection
        )

    def refreshes(self, connection: str) -> list[float]:
        """Return when a connection was refreshed."""
        return [
            each.at for each in self.sandbox.oauth.audit.find("refreshed", self.grants[connection])
        ]

    def cut(self, connection: str) -> bool:
        """Return whether a kill explains that a connection is lost.

        What came of its last rotation was not stored, and a process that had it leased was killed
        within a lease of that: after it, or before, if the server answered a dead process.
        """
        rotated, stored = self.match_writes(connection)[-1]
        return stored is None and any(
            abs(at - rotated) < self.timing["lease"] and self._had(pid, connection)
            for pid, at in self.killed
        )

    def _had(self, pid: int, connection: str) -> bool:
        """Return whether a process had leased a connection at its last line."""
        heard = [
            each["what"]
            for each in self.said
            if each["what"] in ("leased", "freed")
            and (each["pid"], each["connection"]) == (pid, connection)
        ]
        return heard[-1:] == ["leased"]

    async def lost(self) -> list[str]:
        """Return the connections whose stored refresh token the server does not accept."""
        found = []
        async with self.app() as app:
            for connection, grant in self.grants.items():
                opened = await app._sealed_rows.read_connection(connection)
                assert opened is not None
                token = opened.record.refresh
                assert token is not None
                if not self.sandbox.oauth.grants[grant].accepts(token.reveal()):
                    found.append(connection)
        return found


@asynccontextmanager
async def fleet(
    store_url: str, prefix: str, size: Size, timing: dict[str, float] | None = None
) -> AsyncIterator[Fleet]:
    """Give a fleet whose connections are made, and leave nothing running."""
    async with Sandbox(products=1, rate_limit=None, journal_limit=100) as sandbox:
        running = Fleet(sandbox, store_url, prefix, size, timing or TIMING)
        sandbox.oauth.settings.access_token_life = LIFE
        await running.connect()
        try:
            yield running
        finally:
            running.kill_all()
            await asyncio.gather(*running._readers)
