"""In which loop, process and session a client may be used, and what it says of others."""

import asyncio
import multiprocessing
from typing import Any

import aiohttp
import pytest

from katana_async import ApiKey, ConfigurationError, KatanaClient
from katana_async.sandbox import Sandbox
from tests.client.conftest import MakeClient


async def create(katana: KatanaClient) -> object:
    return await katana.price_lists.create(name="Wholesale")


async def read(katana: KatanaClient) -> object:
    return await katana.products.list().page(1)


async def test_a_closed_client_says_so(katana: KatanaClient) -> None:
    await read(katana)
    await katana.close()
    with pytest.raises(ConfigurationError, match="is closed; make a new one"):
        await read(katana)


def test_a_client_of_a_closed_loop_says_so() -> None:
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

    # The parent's loop looks like it is running here: a forked child starts without it.
    asyncio.events._set_running_loop(None)
    pipe.send(asyncio.run(use()))
    pipe.close()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
async def test_a_client_used_before_a_fork_says_so_in_the_child(
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


async def test_a_lent_session_with_credentials_is_refused_by_name(
    sandbox: Sandbox, make_client: MakeClient, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with pytest.raises(ConfigurationError, match="netrc"):
        await read(make_client(trust_env=True))
    assert len(sandbox.journal) == 0


@pytest.mark.parametrize(
    "base_url",
    ["http://api.katanamrp.com/v1", "http://10.0.0.1/v1", "ftp://localhost", "nonsense", "",
     "https://user:secret@api.katanamrp.com", "https://api.katanamrp.com/v1?x=1", "https://",
     "http://127.0.0.1.evil.example/", "http://localhost.evil.example/"],
)  # fmt: skip
def test_an_address_that_would_give_the_key_away_is_refused(base_url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        KatanaClient(auth=ApiKey("k"), base_url=base_url)
    assert "secret" not in str(caught.value)
