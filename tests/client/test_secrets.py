"""After any failure, a key is reachable only within `Secret`.

Two places are excluded: the frames of a caller's own key source, and a record that asyncio logs in
debug mode when a connection breaks while it sends. The text of that record is harmless, but it
refers to the exception, and the frame that raised it contains the sent bytes.
"""

import asyncio
import gc
import html
import io
import json
import logging
import multiprocessing
import urllib.parse
import warnings
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from katana_async import (
    ApiKey,
    ConfigurationError,
    Credential,
    KatanaClient,
    KatanaError,
    Secret,
    ValidationFailed,
)
from katana_async.http.messages import Request
from katana_async.http.options import Options
from katana_async.http.session import SessionHolder
from katana_async.http.settings import HTTPSettings
from katana_async.sandbox import Sandbox
from katana_async.secrets import redact
from tests.client import failures_answers, failures_around, failures_given  # noqa: F401 - they fill the tables
from tests.client.canary_clients import BEFORE, ON_THE_WAY, CanaryClients, Failure, read
from tests.client.failures_answers import in_json
from tests.client.leaks import Canary, Watch, debugging, leaks, reachable, watching
from tests.client.peers import header, http


@pytest.fixture
async def clients(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[CanaryClients]:
    async with AsyncExitStack() as stack:
        yield CanaryClients(sandbox, stack, tmp_path)


# The possible exceptions of a failing call. Any other is a mistake in the test.
EXPECTED = (KatanaError, ValueError, TypeError, OSError, ExceptionGroup, asyncio.CancelledError)


async def fail(failure: Failure, clients: CanaryClients) -> tuple[BaseException, Watch]:
    """Run a failure; return its exception, and the logs and warnings."""
    with watching() as watch, debugging():
        try:
            await failure(clients)
        except EXPECTED as error:
            caught: BaseException = error
        else:
            pytest.fail("nothing failed")
        await asyncio.sleep(0.01)  # for callbacks that run later
    return caught, watch


@pytest.mark.parametrize("name", ON_THE_WAY)
async def test_a_key_that_was_sent_does_not_leak_after(name: str, clients: CanaryClients) -> None:
    error, watch = await fail(ON_THE_WAY[name], clients)
    assert clients.was_sent
    assert watch.records
    assert not leaks(clients.canaries, error, watch)


@pytest.mark.parametrize("name", BEFORE)
async def test_a_key_that_was_not_sent_does_not_leak_after(
    name: str, clients: CanaryClients
) -> None:
    error, watch = await fail(BEFORE[name], clients)
    assert not leaks(clients.canaries, error, watch)


async def test_the_warning_about_an_unclosed_client_does_not_contain_its_key(
    clients: CanaryClients,
) -> None:
    with watching() as watch, debugging():
        katana: KatanaClient | None = KatanaClient(
            auth=ApiKey(clients.key.reveal()), base_url=clients.sandbox.base_url
        )
        assert katana is not None
        await read(katana)
        del katana
        for _ in range(3):
            gc.collect()
            await asyncio.sleep(0.01)
    assert any("Unclosed client session" in text for text in watch.warned)
    assert not leaks([clients.key], None, watch)


def _run_in_child(katana: KatanaClient, key: Canary, pipe: Any) -> None:
    async def use() -> tuple[str, list[str]]:
        try:
            await read(katana)
        except ConfigurationError as error:
            return str(error), leaks([key], error, Watch())
        return "no error", []

    asyncio.events._set_running_loop(None)  # the parent's, by the look of it
    pipe.send(asyncio.run(use()))
    pipe.close()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
async def test_an_error_in_a_forked_child_contains_no_key_of_its_parent(
    clients: CanaryClients,
) -> None:
    katana = clients.client()
    await read(katana)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_run_in_child, args=(katana, clients.key, theirs))
    child.start()
    assert await asyncio.to_thread(ours.poll, 20)
    message, found = ours.recv()
    await asyncio.to_thread(child.join, 20)
    assert "forked" in message
    assert not found


async def test_the_repr_of_a_fetching_task_does_not_contain_the_key(clients: CanaryClients) -> None:
    auth = ApiKey.from_source(lambda: clients.key.reveal())
    credential = await auth.credential()
    loop = asyncio.get_running_loop()
    shown: list[str] = []
    watching = True

    def look() -> None:
        shown.extend(map(repr, asyncio.all_tasks()))
        if watching:
            loop.call_soon(look)

    loop.call_soon(look)
    for _ in range(20):  # whether a look falls between result and wake-up is by chance
        assert not await auth.rejected(credential)
    watching = False
    assert any("katana-fetch" in text for text in shown)
    assert not any(clients.key.is_in(text) for text in shown)


async def test_no_public_repr_contains_a_key_or_a_password(clients: CanaryClients) -> None:
    proxy = clients.proxy("127.0.0.1:3128")
    auths = [
        ApiKey(clients.key.reveal()),
        ApiKey.from_source(clients.fetch),
        ApiKey.from_source(lambda: clients.key.reveal()),
    ]
    shown: list[object] = [HTTPSettings(proxy=proxy), SessionHolder(HTTPSettings(proxy=proxy))]
    for auth in auths:
        katana = clients.client(auth=auth)
        await read(katana)
        answer = await katana.request("GET", "/factory")
        shown += [
            katana,
            katana._http,
            katana._http.limits,
            katana._http.session,
            katana._http.session.get(),
            katana._http.session.get().connector,
            katana.with_options(timeout=1),
            katana._http.options,
            katana.with_options(extra_body={"a": 1}, extra_query={"a": 1})._http.options,
            await katana.with_response(katana.factory.get()),
            await katana.products.list().page(1),
            katana.with_auth(auth),
            katana.stats,
            katana.products,
            katana.products.list(),
            auth,
            auth._source,
            await auth.credential(),
            answer,
            await katana.factory.get(),
        ]
    shown += [Options(), Credential(clients.key.secret, "quota"), Request("GET", "/products")]
    for thing in shown:
        for text in (repr(thing), str(thing), f"{thing}", repr([thing]), repr(vars_of(thing))):
            assert not any(canary.is_in(text) for canary in clients.canaries)
    assert not reachable(clients.canaries, {"shown": shown})


def vars_of(thing: object) -> object:
    names = [*getattr(thing, "__dict__", ()), *getattr(type(thing), "__slots__", ())]
    return {name: getattr(thing, name, None) for name in names}


async def test_a_key_that_a_server_echoes_is_masked_in_the_answer(clients: CanaryClients) -> None:
    katana = await clients.echo(
        lambda request: http("200 OK", request, ("X-Echo", request.replace(b"\r\n", b" ")))
    )
    answer = await katana.request("GET", "/products")
    assert clients.was_sent
    assert b"***" in answer.content
    assert "***" in answer.headers["x-echo"]
    assert answer.content.count(b"***") > 1
    assert not reachable(clients.canaries, {"answer": answer})


async def test_a_header_of_one_request_is_masked_in_its_answer(clients: CanaryClients) -> None:
    katana = await clients.echo(lambda request: http("200 OK", request), extra_headers=None)
    value = clients.header.reveal()
    answer = await katana.request("GET", "/products", headers={"X-Token": value})
    assert b"X-Token: ***" in answer.content
    assert not reachable(clients.canaries, {"answer": answer})


async def test_a_header_of_plain_words_masks_nothing(clients: CanaryClients) -> None:
    katana = await clients.echo(
        lambda request: http("200 OK", request), extra_headers={"X-Plan": "Wholesale-Northwest"}
    )
    answer = await katana.request("GET", "/products")
    assert b"X-Plan: Wholesale-Northwest" in answer.content


async def test_records_are_not_changed_for_a_short_key_that_is_a_word(
    sandbox: Sandbox, clients: CanaryClients
) -> None:
    sandbox.add_key("Wholesale")
    katana = clients.client(auth=ApiKey("Wholesale"))
    assert (await katana.price_lists.create(name="Wholesale")).name == "Wholesale"


async def test_a_short_key_is_masked_in_an_error(clients: CanaryClients) -> None:
    katana = await clients.echo(in_json, auth=ApiKey("brief-one"))
    with pytest.raises(ValidationFailed) as caught:
        await katana.factory.get()
    assert "no Bearer ***" in str(caught.value)
    assert "brief-one" not in f"{caught.value!r} {vars(caught.value)}"


async def test_a_short_header_is_masked_in_an_error(clients: CanaryClients) -> None:
    def refuse(request: bytes) -> bytes:
        text = (header(request, b"x-token") or b"").decode()
        return http("422 No", json.dumps({"message": f"not for {text}"}).encode())

    katana = await clients.echo(refuse, extra_headers={"X-Token": "Token zq8-1xv4k"})
    with pytest.raises(ValidationFailed, match=r"not for \*\*\*") as caught:
        await katana.factory.get()
    assert "1xv4k" not in f"{caught.value!r} {vars(caught.value)}"


@pytest.mark.parametrize("key", ["a+b/c==defghijkl", "quo\"te<angle>&amp's", "back\\slash~tilde!"])
@pytest.mark.parametrize("spelt", ["html", "json", "slashes", "url"])
def test_a_key_is_masked_in_every_spelling(key: str, spelt: str) -> None:
    ways: dict[str, Callable[[str], str]] = {
        "html": html.escape,
        "json": lambda text: json.dumps(text)[1:-1],
        "slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
        "url": lambda text: urllib.parse.quote(text, safe=""),
    }
    written = ways[spelt](key)
    assert redact(f"bad key {written}!", [Secret(key)]) == "bad key ***!"


def test_a_secret_with_a_lone_surrogate_is_in_no_error() -> None:
    key = Canary()
    secret = Secret(f"{key.reveal()}\udcff")
    assert secret != key.secret
    assert hash(secret) != hash(key.secret)
    assert not key.is_in(redact(f"{key.reveal()}\udcff", [secret]))


# ---- The search finds hidden keys --------------------------------------------------------------

HIDING: dict[str, Callable[[str], object]] = {
    "a text": lambda key: f"-{key}-",
    "half a text": lambda key: key[7:30],
    "bytes": str.encode,
    "a buffer": lambda key: bytearray(key.encode()),
    "a file in memory": lambda key: io.BytesIO(key.encode()),
    "base64": lambda key: b64encode(f"someone:{key}".encode()),
    "the key of a dict": lambda key: {key: 1},
    "headers": lambda key: CIMultiDictProxy(CIMultiDict({"Authorization": key})),
    "an address": lambda key: URL(f"http://someone:{key}@localhost"),
    "an attribute": lambda key: SimpleNamespace(key=key),
    "an argument": lambda key: partial(print, key),
    "a context": lambda key: _with(ValueError("outer"), "__context__", KeyError(key)),
    "a cause": lambda key: _with(ValueError("outer"), "__cause__", KeyError(key)),
    "a note": lambda key: _with(ValueError("outer"), "__notes__", [key]),
    "a group": lambda key: ExceptionGroup("several", [ValueError("one"), KeyError(key)]),
    "the object of an error": lambda key: UnicodeDecodeError("ascii", key.encode(), 0, 1, "bad"),
    "a queue": lambda key: _with(asyncio.Queue[str](), "_queue", deque([key])),
}


def _with(thing: Any, name: str, value: object) -> object:
    setattr(thing, name, value)
    return thing


@pytest.mark.parametrize("hidden", HIDING)
def test_the_search_finds_a_key_in(hidden: str) -> None:
    key = Canary("someone")
    assert reachable([key], {"root": [HIDING[hidden](key.reveal())]})
    assert not reachable([Canary()], {"root": [HIDING[hidden](key.reveal())]})


async def test_the_search_finds_a_key_in_the_frames_of_aiohttp(clients: CanaryClients) -> None:
    async def fail_plainly(clients: CanaryClients) -> None:
        headers = {"Authorization": f"Bearer {clients.key.reveal()}"}
        async with aiohttp.ClientSession() as session:
            await session.get("http://127.0.0.1:1", headers=headers)

    async def fail_from_none(clients: CanaryClients) -> None:
        try:
            await fail_plainly(clients)
        except OSError:
            raise ValueError("hidden") from None

    for failure in (fail_plainly, fail_from_none):
        found = leaks([clients.key], *await fail(failure, clients))
        assert any(way.startswith("error") and "(ClientRequest)" in way for way in found), found


def test_the_search_finds_a_key_in_messages_logs_and_warnings() -> None:
    key = Canary()
    with watching() as watch:
        logging.getLogger("aiohttp.client").debug("sent %s", key.reveal())
        logging.getLogger("katana_async").debug(
            "sent %s", {"key": SimpleNamespace(key=key.reveal())}
        )
        warnings.warn(key.reveal(), stacklevel=1)
    found = leaks([key], KeyError(key.reveal()), watch)
    for part in ("repr", "str", "traceback", "pickle", "log record of aiohttp", "warning"):
        assert any(way.startswith(part) for way in found), part
    assert any(way.endswith("(SimpleNamespace)[key]") for way in found)
