"""The blocks of the page about encryption run in their order, with a KMS that behaves as AWS's."""

import ast
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from katana_async.errors import KeyUnavailable, UnsealError
from katana_async.oauth import Status
from tests.oauth.pages import oauth_here
from tests.oauth.partner import BROWSER, Partner
from tests.pages import python_blocks

PAGE = "docs/encryption.md"


class ClientError(Exception):
    """The exception of botocore."""

    def __init__(self, code: str) -> None:
        self.response = {"Error": {"Code": code}}


class Kms:
    """AWS's KMS: keeps the plaintexts, and checks the encryption context."""

    fails_with: str | None = None

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[bytes, dict[str, str]]] = {}

    async def encrypt(self, **given: Any) -> dict[str, Any]:
        assert given["KeyId"] == "alias/katana-tokens"
        blob = b"blob-%d" % len(self._kept)
        self._kept[blob] = (given["Plaintext"], given["EncryptionContext"])
        return {"CiphertextBlob": blob}

    async def decrypt(self, **given: Any) -> dict[str, Any]:
        if self.fails_with is not None:
            raise ClientError(self.fails_with)
        plaintext, context = self._kept.get(given["CiphertextBlob"], (b"", None))
        if context != given["EncryptionContext"]:
            raise ClientError("InvalidCiphertextException")
        return {"Plaintext": plaintext}


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Kms:
    """A KMS in the place of the one that aiobotocore calls."""
    made = Kms()

    @asynccontextmanager
    async def create_client(name: str) -> AsyncIterator[Kms]:
        assert name == "kms"
        yield made

    session: Any = ModuleType("aiobotocore.session")
    session.get_session = lambda: SimpleNamespace(create_client=create_client)
    exceptions: Any = ModuleType("botocore.exceptions")
    exceptions.ClientError = ClientError
    monkeypatch.setitem(sys.modules, "aiobotocore.session", session)
    monkeypatch.setitem(sys.modules, "botocore.exceptions", exceptions)
    return made


async def test_the_blocks_of_the_page_run(
    partner: Partner, kms: Kms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, _ = oauth_here(partner.sandbox, tmp_path, monkeypatch)
    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite:///ignored")
    printed: list[object] = []
    names["print"] = lambda *given: printed.append(given)
    first, *others = python_blocks(PAGE)
    exec(first, names)
    app = names["app"]
    async with app:
        await app.complete(
            partner.oauth.approve(await app.begin(session=BROWSER, connection_id="tenant-42")),
            session=BROWSER,
        )
        code = textwrap.indent("\n".join(others), "    ")
        source = f"async def page():\n{code}\n    return ring"
        exec(compile(ast.parse(source), PAGE, "exec"), names)
        ring = await names["page"]()
        assert printed == [(0, 1, ())]
        assert app.stats.refreshes == 1
        assert [connection async for connection in app.connections()] == []

    await partner.connect(partner.app(cipher=ring), "tenant-43")
    later = partner.app(cipher=ring)
    assert (await later.connection("tenant-43")).status is Status.CONNECTED
    kms.fails_with = "ThrottlingException"
    with pytest.raises(KeyUnavailable):
        await partner.app(cipher=ring).auth("tenant-43").credential()
    kms.fails_with = "InvalidCiphertextException"
    with pytest.raises(UnsealError, match="disconnect it, then let the person connect"):
        await partner.app(cipher=ring).auth("tenant-43").credential()
