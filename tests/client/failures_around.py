"""Failures without an answer: connections, proxies, cancelled callers, sessions."""

import asyncio
import os
from functools import partial

import aiohttp

from katana_async import KatanaClient, KatanaError
from katana_async.http.settings import HTTPSettings
from katana_async.sandbox import faults
from tests.client.canary_clients import (
    ON_THE_WAY,
    CanaryClients,
    before,
    change,
    create,
    on_the_way,
    read,
    search,
)
from tests.client.failures_answers import in_json, the_request_itself
from tests.client.peers import Answer, header, http, self_signed

# ---- Connections ------------------------------------------------------------------------------


@before
async def a_refused_connection(clients: CanaryClients) -> object:
    katana = clients.client(retries=1)
    await clients.sandbox.stop()
    return await create(katana)


@before
async def a_host_that_does_not_exist(clients: CanaryClients) -> object:
    return await read(clients.client(base_url="https://katana.invalid", retries=0, timeout=5))


@before
async def a_self_signed_certificate(clients: CanaryClients) -> object:
    server = await clients.peer(in_json, self_signed(clients.folder))
    return await read(clients.client(base_url=f"https://{server.address}", timeout=5))


@before
async def a_server_that_does_not_speak_tls(clients: CanaryClients) -> object:
    server = await clients.peer(the_request_itself)
    return await read(clients.client(base_url=f"https://{server.address}", retries=0))


@on_the_way
async def a_certificate_that_is_not_checked_and_an_echo(clients: CanaryClients) -> object:
    server = await clients.peer(in_json, self_signed(clients.folder))
    katana = clients.client(
        base_url=f"https://{server.address}", http=HTTPSettings(ssl=False), timeout=5
    )
    return await create(katana)


def _proxy_refuses(request: bytes) -> bytes:
    text = header(request, b"proxy-authorization") or b"nothing"
    body = b"<title>%s</title>%s" % (text, request)
    return http(f"407 No {text.decode()}", body, ("Proxy-Authenticate", text), kind="text/html")


def _proxy_answers_nonsense(request: bytes) -> bytes:
    return b"HTTP/1.1 \x01%s\r\n\r\n" % (header(request, b"proxy-authorization") or b"nothing")


def _proxy_hangs_up(request: bytes) -> bytes:
    return b""


async def _create_through_proxy(
    answer: Answer, base_url: str | None, clients: CanaryClients
) -> object:
    server = await clients.peer(answer)
    base_url = base_url or clients.sandbox.base_url
    katana = clients.client(base_url=base_url, http=clients.http(server.address), retries=0)
    return await create(katana)


for _answer in (_proxy_refuses, _proxy_answers_nonsense, _proxy_hangs_up):
    for _url in (None, "https://katana.invalid"):
        _name = f"{_answer.__name__.strip('_')} {_url or 'http'}".replace("_", " ")
        ON_THE_WAY[_name] = partial(_create_through_proxy, _answer, _url)


@before
async def a_proxy_that_is_not_there(clients: CanaryClients) -> object:
    katana = clients.client(http=clients.http("127.0.0.1:1"), base_url="https://katana.invalid")
    return await create(katana)


@before
async def a_tls_proxy_without_tls(clients: CanaryClients) -> object:
    server = await clients.peer(the_request_itself)
    katana = clients.client(
        http=clients.http(server.address, "https"), base_url="https://katana.invalid", retries=0
    )
    return await create(katana)


@before
async def a_proxy_of_another_kind(clients: CanaryClients) -> object:
    return await create(clients.client(http=clients.http("127.0.0.1:1", "socks5")))


@before
async def an_invalid_proxy_address(clients: CanaryClients) -> object:
    return await create(clients.client(http=clients.http("127.0.0.1:port")))


# ---- Callers that do not wait ------------------------------------------------------------------


async def _slow(clients: CanaryClients) -> KatanaClient:
    katana = clients.client(timeout=30)
    clients.add_fault(faults.Latency(30))
    return katana


async def _wait_for_arrival(clients: CanaryClients) -> None:
    while not clients.sandbox.journal:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.01)


@on_the_way
async def a_call_that_is_cancelled(clients: CanaryClients) -> object:
    call = asyncio.create_task(read(await _slow(clients)))
    await _wait_for_arrival(clients)
    call.cancel("enough")
    return await call


@on_the_way
async def a_walk_that_is_cancelled(clients: CanaryClients) -> object:
    katana = clients.client(timeout=30)
    clients.add_fault(faults.Latency(30), path="/variants")
    call = asyncio.create_task(katana.variants.list().collect())
    await _wait_for_arrival(clients)
    call.cancel()
    return await call


@on_the_way
async def a_call_in_wait_for(clients: CanaryClients) -> object:
    return await asyncio.wait_for(create(await _slow(clients)), 0.2)


@on_the_way
async def a_call_in_a_timeout(clients: CanaryClients) -> object:
    async with asyncio.timeout(0.2):
        return await create(await _slow(clients))


@before
async def a_call_that_is_cancelled_while_it_connects(clients: CanaryClients) -> object:
    async with asyncio.timeout(0):
        return await create(clients.client(base_url="https://katana.invalid"))


@on_the_way
async def several_calls_that_fail_together(clients: CanaryClients) -> object:
    clients.add_fault(faults.Html(status=502))
    katana = clients.client(retries=0)
    async with asyncio.TaskGroup() as group:
        for call in (read, create, search):
            group.create_task(call(katana))
    return None


@on_the_way
async def a_call_that_fails_while_another_error_is_handled(clients: CanaryClients) -> object:
    katana = clients.client(retries=0)
    clients.add_fault(faults.Html(status=502))
    try:
        return await create(katana)
    except KatanaError:
        return await change(katana)


# ---- Clients, sessions and loops ---------------------------------------------------------------


@on_the_way
async def a_client_that_is_closed(clients: CanaryClients) -> object:
    katana = clients.client()
    await read(katana)
    await katana.close()
    return await read(katana)


@on_the_way
async def a_client_that_is_closed_meanwhile(clients: CanaryClients) -> object:
    katana = await _slow(clients)
    call = asyncio.create_task(create(katana))
    await _wait_for_arrival(clients)
    await katana.close()
    return await call


@on_the_way
async def a_client_on_another_loop(clients: CanaryClients) -> object:
    katana = clients.client()
    await read(katana)
    return await asyncio.to_thread(lambda: asyncio.run(create(katana)))


@before
async def a_client_on_a_closed_loop(clients: CanaryClients) -> object:
    katana = clients.client(retries=0, base_url="http://127.0.0.1:1")

    async def use() -> None:
        await asyncio.gather(create(katana), return_exceptions=True)

    await asyncio.to_thread(lambda: asyncio.run(use()))
    return await create(katana)


@before
async def a_lent_session_that_is_closed(clients: CanaryClients) -> object:
    async with aiohttp.ClientSession() as session:
        katana = clients.client(session=session)
    return await create(katana)


@before
async def a_lent_session_with_credentials(clients: CanaryClients) -> object:
    async with aiohttp.ClientSession(
        auth=aiohttp.BasicAuth("a", "b"), headers={"Authorization": "Bearer other"}
    ) as session:
        return await create(clients.client(session=session))


@on_the_way
async def a_lent_session_that_raises(clients: CanaryClients) -> object:
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        clients.add_fault(faults.Html(status=502))
        return await create(clients.client(session=session))


@before
async def a_netrc_with_the_host(clients: CanaryClients) -> object:
    netrc = clients.folder / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    old = os.environ.get("NETRC")
    os.environ["NETRC"] = str(netrc)
    try:
        async with aiohttp.ClientSession(
            trust_env=True, headers={"Authorization": "Bearer other"}
        ) as session:
            return await create(clients.client(session=session))
    finally:
        os.environ.pop("NETRC")
        if old is not None:
            os.environ["NETRC"] = old
