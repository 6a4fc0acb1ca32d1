"""The cost of importing and of a first call."""

import json
import os
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


_MEASURED = f"""
{_THIRD_PARTY}
import selectors, time
waited = 0.0
class Selector(selectors.DefaultSelector):
    def select(self, timeout=None):
        global waited
        started = time.perf_counter()
        try:
            return super().select(timeout)
        finally:
            waited += time.perf_counter() - started
selectors.DefaultSelector = Selector
started = time.process_time()
{_FIRST_CALL}
print(time.process_time() - started + waited)
"""
_LIMIT = 0.060
_TRIES = 60


def _cost() -> float:
    """Return the seconds that a first call takes over its libraries, computing and waiting.

    Unlike the clock's, they leave out what other processes take of a loaded machine.
    """
    # Installed modules are compiled already; the first try compiles the others.
    environment = {key: os.environ[key] for key in os.environ if key != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", _MEASURED]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


def test_one_call_costs_at_most_sixty_milliseconds_over_its_libraries() -> None:
    # Other load can only make a try slower, so the fastest one is the cost of the code.
    best = _cost()
    for _ in range(_TRIES):
        if best <= _LIMIT:
            return
        best = min(best, _cost())
    raise AssertionError(f"{best:.3f} s at the best of {_TRIES}")
