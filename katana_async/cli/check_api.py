"""`check-api`: compare the SDK with an OpenAPI document of Katana's."""

import json
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from attrs import asdict

from ..drift import NotOpenAPI, find_drift, read_facts
from ..http.exchange import USER_AGENT
from ..sandbox.gateway import source_document as last_document
from .client import proxy_for
from .errors import FAILED, UsageError, print_error
from .options import Output
from .output import show

_TIMEOUT = 60  # seconds without data
_MAX_BYTES = 64 * 2**20


def check_api(source: str, as_json: bool, output: Output) -> int:
    """Write the differences, and return the exit status: 1 if there are some, else 0.

    Without a document to compare with, a UsageError gives the exit status 2, as that of diff.
    """
    try:
        facts = read_facts(json.loads(_read(source)))
        drifts = find_drift(facts)
    except NotOpenAPI as error:
        raise UsageError(f"{source}: {error}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{source}: it is not JSON") from None
    records = [asdict(drift) for drift in drifts]
    if as_json:
        answer = {
            "checked_against": asdict(last_document()),
            "document": {"operations": len(facts)},
            "differences": records,
        }
        show(answer, Output.JSON)
    else:
        show(records, output, "drift")
    count = f"{len(drifts) or 'no'} difference{'s' * (len(drifts) != 1)}"
    print_error(
        f"{count} between the SDK and {source} ({len(facts)} operations);"
        f" the SDK was last checked against {last_document()}"
    )
    return FAILED if drifts else 0


def _read(source: str) -> bytes:
    if source.startswith(("https://", "http://")):
        return _download(source)
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise UsageError(f"{source}: {error.strerror}") from None


def _download(address: str) -> bytes:
    proxy = proxy_for(address)
    opener = build_opener(ProxyHandler({"http": proxy, "https": proxy} if proxy else {}))
    opener.addheaders = [("User-Agent", USER_AGENT)]  # gateways refuse that of urllib
    try:
        with opener.open(address, timeout=_TIMEOUT) as answer:
            content = bytes(answer.read(_MAX_BYTES + 1))
    except HTTPError as error:
        raise UsageError(f"{address}: the server answers {error.code}") from None
    except (OSError, ValueError, HTTPException) as error:
        cause = getattr(error, "reason", error)  # that of urllib's URLError
        reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        raise UsageError(f"{address}: cannot be read ({reason})") from None
    if len(content) > _MAX_BYTES:
        raise UsageError(f"{address}: the document is larger than 64 MiB")
    return content
