"""The cost of importing and of a first call, each in a new process."""

import json
import os
import subprocess
import time
from pathlib import Path

from bench.results import Sample

ROOT = Path(__file__).parents[1]

_PLAIN = "key = {'Authorization': 'Bearer 0123456789abcdef'}\nurl = sys.argv[1] + '/products/1'\n"

PROGRAMS = {
    "aiohttp": "import aiohttp",
    "sdk_import": "import katana_async",
    "bare": f"""
import asyncio, sys, aiohttp, orjson
{_PLAIN}
async def main():
    async with aiohttp.ClientSession() as session, session.get(url, headers=key) as answer:
        orjson.loads(await answer.read())
asyncio.run(main())
""",
    "httpx": f"""
import asyncio, sys, httpx, orjson
{_PLAIN}
async def main():
    async with httpx.AsyncClient() as client:
        orjson.loads((await client.get(url, headers=key)).content)
asyncio.run(main())
""",
    "community": """
import asyncio, sys
from katana_public_api_client import KatanaClient
from katana_public_api_client.api.product import get_product
async def main():
    async with KatanaClient(api_key="0123456789abcdef", base_url=sys.argv[1]) as client:
        assert (await get_product.asyncio(1, client=client)).id == 1
asyncio.run(main())
""",
    "sdk": """
import asyncio, sys
from katana_async import ApiKey, KatanaClient
async def main():
    async with KatanaClient(auth=ApiKey("0123456789abcdef"), base_url=sys.argv[1]) as katana:
        assert (await katana.products.get(1)).id == 1
asyncio.run(main())
""",
}
"""The program of each client. It reads one product."""

_REPORT = "\nimport time, json; print(json.dumps(time.process_time()))"


def measure_start(python: str, client: str, base_url: str) -> Sample:
    """Run a program once in a new process. Its CPU time includes the start of Python."""
    command = [python, "-c", PROGRAMS[client] + _REPORT, base_url]
    # Installed modules are compiled already, so those of a clone may be too.
    environment = {key: os.environ[key] for key in os.environ if key != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return Sample(1, float(json.loads(done.stdout)), time.perf_counter() - started, 0)
