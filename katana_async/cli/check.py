"""`check-api`: compare the SDK with an OpenAPI document of Katana's."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
from attrs import asdict
from yarl import URL

from ..drift import Drift, Facts, NotOpenAPI, compare_facts, read_facts
from ..http.settings import parse_proxy
from ..sandbox.gateway import document as last_checked
from .formats import Output, chosen
from .output import writer
from .problems import FAILED, complain, one_line
from .proxies import proxy_for

PUBLIC_ADDRESS = "https://api.katanamrp.com/v1/openapi.json"
"""Where Katana publishes its document; no key is needed, and none is sent."""

NOT_COMPARED = 2
"""The exit status if there is no document to compare with, as of diff."""

_TIMEOUT = 60  # seconds
_LARGEST = 64 * 2**20  # bytes


class _Unreadable(Exception):
    """There is no document to compare with."""


def check_api(source: str, as_json: bool, output: Output | None) -> int:
    """Write the differences and return the exit status.

    Returns:
        0 if there are none, 1 if there are some, 2 if the document could not be compared.
    """
    try:
        document = _parsed(_content(source))
        facts = read_facts(document)
        drifts = compare_facts(facts)
    except (_Unreadable, NotOpenAPI) as error:
        complain(f"{one_line(source)}: {one_line(str(error))}")
        return NOT_COMPARED
    _write(drifts, facts, as_json, output)
    count = f"{len(drifts) or 'no'} difference{'s' * (len(drifts) != 1)}"
    complain(
        f"{count} between the SDK and {one_line(source)} ({len(facts)} operations);"
        f" the SDK was last checked against {last_checked()}"
    )
    return FAILED if drifts else 0


def _write(drifts: list[Drift], facts: Facts, as_json: bool, output: Output | None) -> None:
    records = [asdict(drift) for drift in drifts]
    if as_json:
        answer = {
            "checked_against": asdict(last_checked()),
            "document": {"operations": len(facts)},
            "differences": records,
        }
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
        return
    target = writer(chosen(output), "drift")
    for record in records:
        target.write(record)
    target.close()


def _content(source: str) -> bytes:
    if source.startswith(("https://", "http://")):
        return asyncio.run(_download(source))
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise _Unreadable(error.strerror or "cannot be read") from None


async def _download(address: str) -> bytes:
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
    proxy, proxy_headers = _proxy(address)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address, proxy=proxy, proxy_headers=proxy_headers) as answer,
        ):
            if answer.status != 200:
                raise _Unreadable(f"the server answers {answer.status}")
            content = bytearray()
            async for chunk in answer.content.iter_any():
                content += chunk
                if len(content) > _LARGEST:
                    raise _Unreadable("the document is larger than 64 MiB")
            return bytes(content)
    except TimeoutError:
        raise _Unreadable(f"no answer within {_TIMEOUT} s") from None
    except (aiohttp.ClientError, ValueError) as error:
        raise _Unreadable(f"cannot be read ({one_line(str(error))})") from None


def _proxy(address: str) -> tuple[URL | None, dict[str, str]]:
    """Return the proxy and its credentials, apart: aiohttp quotes its address in messages."""
    proxy = parse_proxy(proxy_for(address))
    if proxy is None:
        return None, {}
    credentials = proxy.authorization
    return proxy.url, {"Proxy-Authorization": credentials.reveal()} if credentials else {}


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise _Unreadable("this is no JSON") from None
