"""What importing and a first call cost."""

import json
import statistics
import subprocess
import sys

from tests.processes import run_python

_THIRD_PARTY = "import aiohttp, attrs, cattrs, msgspec, asyncio\n"
_FIRST_CALL = """
import asyncio, sys
from katana_async import ApiKey, KatanaClient
async def main():
    nowhere = "http://127.0.0.1:9"
    async with KatanaClient(auth=ApiKey("k" * 20), base_url=nowhere, retries=0) as katana:
        try:
            await katana.products.get(1)
        except Exception as error:
            assert type(error).__name__ == "ConnectionFailed", error
asyncio.run(main())
"""


def test_importing_loads_neither_aiohttp_nor_authlib_nor_a_model() -> None:
    code = "import katana_async, json, sys; print(json.dumps(sorted(sys.modules)))"
    modules = json.loads(run_python(code))
    heavy = ("aiohttp", "authlib", "attrs", "cattrs", "msgspec", "asyncio", "yarl", "cryptography")
    assert not [name for name in modules if name.split(".")[0] in heavy]
    assert [name for name in modules if name.startswith("katana_async")] == ["katana_async"]


def test_a_call_loads_only_its_area() -> None:
    show = "print(*[name for name in sys.modules if name.startswith('katana_async.models.')])"
    areas = {name.rpartition(".")[2] for name in run_python(_FIRST_CALL + show).split()}
    assert areas - {"_base"} == {"catalog", "contacts"}


def test_one_call_costs_at_most_sixty_milliseconds_over_its_libraries() -> None:
    # Pairs in turn, so that a noisy machine is noisy for both; the best of them is the code's own.
    command = [sys.executable, "-c"]
    timer = "import time; started = time.perf_counter()\n"
    stop = "\nprint(time.perf_counter() - started)"
    extra: list[float] = []
    for _ in range(7):
        libraries, call = (
            float(subprocess.run([*command, timer + code + stop], capture_output=True, text=True,
                                 check=True).stdout)
            for code in (_THIRD_PARTY, _THIRD_PARTY + _FIRST_CALL)
        )  # fmt: skip
        extra.append(call - libraries)
    assert min(extra) <= 0.060, f"{statistics.median(extra):.3f} s in the median"
