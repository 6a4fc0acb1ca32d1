"""Exceptions of the caller's trace hooks are raised once and unchanged."""

from typing import Any

import aiohttp
import pytest

from katana_async import ApiKey, ConfigurationError, ConnectionFailed, KatanaClient
from katana_async.sandbox import Sandbox


class HookFailed(Exception):
    """An exception of a trace hook."""


async def _call(sandbox: Sandbox, error: BaseException, hook: str = "on_request_start") -> int:
    """Call through a lent session whose hook raises; return how often it was called."""
    calls = 0

    async def fail(*_: Any) -> None:
        nonlocal calls
        calls += 1
        raise error

    trace = aiohttp.TraceConfig()
    getattr(trace, hook).append(fail)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        katana = KatanaClient(
            auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url, session=session
        )
        with pytest.raises(type(error)) as caught:
            await katana.request("GET", "/factory")
        assert caught.value is error
    return calls


@pytest.mark.parametrize("hook", ["on_request_start", "on_request_end"])
@pytest.mark.parametrize(
    "error",
    [HookFailed("mine"), ValueError("AUTHORIZATION missing"), RuntimeError("closed"), KeyError(1)],
    ids=lambda error: type(error).__name__,
)
async def test_an_exception_of_a_hook_is_raised_once_and_unchanged(
    hook: str, error: Exception
) -> None:
    async with Sandbox(products=5) as sandbox:
        assert await _call(sandbox, error, hook) == 1
        assert len(sandbox.journal) <= 1
        assert sandbox.api_key not in "".join(getattr(error, "__notes__", []))
        assert "fail" in error.__notes__[-1]
        assert __file__ in error.__notes__[-1]


async def test_aiohttps_error_about_a_closed_session_is_still_a_configuration_error() -> None:
    async with Sandbox(products=5) as sandbox:
        session = aiohttp.ClientSession()
        await session.close()
        katana = KatanaClient(
            auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url, session=session
        )
        with pytest.raises(ConfigurationError, match="closed"):
            await katana.request("GET", "/factory")


async def test_an_error_of_the_operating_system_is_still_a_failed_connection() -> None:
    async with Sandbox(products=5) as sandbox:
        base_url = sandbox.base_url
    async with KatanaClient(auth=ApiKey("k"), base_url=base_url, retries=0) as katana:
        with pytest.raises(ConnectionFailed):
            await katana.request("GET", "/factory")
