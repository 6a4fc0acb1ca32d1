"""A process with one client, which measures operations on request.

    python -m bench.worker CLIENT BASE_URL CONNECTIONS

Reads requests from stdin, a JSON array per line: the operation and its arguments. Writes a JSON
object for each: a `Sample` of `results.py`. The environment needs the client's library only.
"""

import asyncio
import gc
import json
import logging
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.clients import CLIENTS
from bench.clients.base import Client, Settings

_STATUS = Path("/proc/self/status")


def peak_memory() -> int:
    """Return the most memory that this process has used, in bytes."""
    if _STATUS.exists():
        # getrusage has the peak of the parent, if that was larger when it started this process.
        peak = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024
    peak_of_self = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_of_self if sys.platform == "darwin" else peak_of_self * 1024


def create_client(name: str, settings: Settings) -> Client:
    """Import a client's module and return the client."""
    module, _, class_name = CLIENTS[name].partition(":")
    client: Client = getattr(import_module(f"bench.clients.{module}"), class_name)(settings)
    return client


async def measure(client: Client, operation: str, arguments: dict[str, Any]) -> dict[str, float]:
    """Run an operation once and return its cost."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    result = await getattr(client, operation)(**arguments)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"result": result, "cpu": cpu, "wall": wall, "peak": peak_memory()}


async def main(name: str, base_url: str, connections: str) -> None:
    """Measure until stdin ends."""
    logging.getLogger().addHandler(logging.NullHandler())  # nothing on stderr, at usual levels
    client = create_client(name, Settings(base_url, int(connections)))
    await client.get()  # imports, the first connection
    await client.decode("products", 1)  # decoders of models
    print(json.dumps({"peak": peak_memory()}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        operation, arguments = json.loads(line)
        print(json.dumps(await measure(client, operation, arguments)), flush=True)
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
