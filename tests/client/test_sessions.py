"""The loop, process and session of a client, and the errors in others."""

import asyncio
import multiprocessing
import warnings
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from katana_async import ApiKey, ConfigurationError, KatanaClient
from katana_async.http.settings import HTTPSettings
from katana_async.sandbox import Sandbox
from tests.client.conftest import MakeClient


async def create(katana: KatanaClient) -> object:
    return await katana.price_lists.create(name="Wholesale")


async def read(katana: KatanaClient) -> object:
    return await katana.products.list().page(1)


async def test_a_closed_client_raises_a_configuration_error(katana: KatanaClient) -> None:
    await read(katana)
    await katana.close()
    with pytest.raises(ConfigurationError, match="is closed; make a new one"):
        await read(katana)


def test_a_client_of_a_closed_loop_raises_a_configuration_error() -> None:
    async def start() -> KatanaClient:
        sandbox = await Sandbox(products=1).start()
        katana = KatanaClient(auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url)
        await read(katana)
        await sandbox.stop()
        return katana

    katana = asyncio.run(start())
    with pytest.raises(ConfigurationError, match="another event loop, which is closed"):
        asyncio.run(read(katana))
    asyncio.run(katana.close())


def _child(katana: KatanaClient, pipe: Any) -> None:
    async def use() -> str:
        try:
            await read(katana)
        except ConfigurationError as error:
            return str(error)
        return "no error"

    # After a fork the parent's loop still counts as running. A new process has no loop.
    asyncio.events._set_running_loop(None)
    pipe.send(asyncio.run(use()))
    pipe.close()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
async def test_a_client_used_before_a_fork_raises_a_configuration_error_in_the_child(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    await read(katana)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_child, args=(katana, theirs))
    child.start()
    assert await asyncio.to_thread(ours.poll, 20)
    assert "forked" in ours.recv()
    await asyncio.to_thread(child.join, 20)
    await read(katana)  # and the parent's connections are as they were


async def test_a_lent_session_is_used_and_not_closed(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    async with aiohttp.ClientSession() as session:
        katana = make_client(session=session)
        await read(katana)
        await katana.close()
        assert not session.closed


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put credentials for loopback into the netrc file."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


@pytest.mark.usefixtures("netrc")
async def test_a_lent_session_with_credentials_of_two_kinds_is_refused_by_name(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    headers = {"Authorization": "Bearer other"}
    async with aiohttp.ClientSession(trust_env=True, headers=headers) as session:
        with pytest.raises(ConfigurationError, match="netrc"):
            await read(make_client(session=session))
    assert len(sandbox.journal) == 0


with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
    BASIC = aiohttp.BasicAuth("a", "b")  # aiohttp 4 will not have it

OTHERS: dict[str, dict[str, Any]] = {
    "auth": {"auth": BASIC},
    "netrc": {"trust_env": True},
    "authorization": {"headers": {"authorization": "Bearer other"}},
    "other headers": {"headers": {"X-Api-Key": "other", "USER-AGENT": "other", "Accept": "other"}},
    "cookies": {"cookies": {"other": "value"}},
}


@pytest.mark.usefixtures("netrc")
@pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated")
@pytest.mark.parametrize("options", OTHERS.values(), ids=OTHERS)
async def test_headers_and_cookies_of_a_lent_session_are_not_sent_to_the_api(
    sandbox: Sandbox, make_client: MakeClient, options: dict[str, Any]
) -> None:
    await read(make_client())
    async with aiohttp.ClientSession(**options) as session:
        await read(make_client(session=session))
    plain, lent = sandbox.journal
    assert dict(lent.headers) == dict(plain.headers)
    assert (lent.cookies, lent.key_id) == ({}, plain.key_id)


@pytest.mark.usefixtures("netrc")
async def test_the_clients_session_ignores_the_netrc_file(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    await read(make_client())
    await read(make_client(http=HTTPSettings(trust_env=True)))
    plain, ours = sandbox.journal
    assert (dict(ours.headers), ours.key_id) == (dict(plain.headers), plain.key_id)


async def test_a_header_that_a_trace_hook_adds_is_sent(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    async def add(_session: object, _context: object, params: Any) -> None:
        params.headers["traceparent"] = "00-1-2-01"

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(add)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        await read(make_client(session=session))
    [seen] = sandbox.journal
    assert seen.headers["traceparent"] == "00-1-2-01"


@pytest.mark.parametrize(
    "base_url",
    ["http://api.katanamrp.com/v1", "http://10.0.0.1/v1", "ftp://localhost", "nonsense", "",
     "https://user:secret@api.katanamrp.com", "https://api.katanamrp.com/v1?x=1", "https://",
     "http://127.0.0.1.evil.example/", "http://localhost.evil.example/"],
)  # fmt: skip
def test_an_address_that_would_expose_the_key_is_refused(base_url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        KatanaClient(auth=ApiKey("k"), base_url=base_url)
    assert "secret" not in str(caught.value)
