"""The code of docs/oauth.md runs against a sandbox, in the order of the page."""

import ast
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest

import katana_async
from katana_async import KatanaClient
from katana_async.oauth import Account, Connection, MemoryTokenStore, Status
from tests.oauth.pages import REDIRECT_URI, oauth_here
from tests.oauth.partner import Partner
from tests.pages import python_blocks

PAGE = "docs/oauth.md"


async def test_the_code_of_the_page_runs(
    partner: Partner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, made = oauth_here(partner.sandbox, tmp_path, monkeypatch)
    clients: list[KatanaClient] = []

    class Katana(KatanaClient):
        def __init__(self, **options: Any) -> None:
            super().__init__(**{"base_url": partner.sandbox.base_url, **options})
            clients.append(self)

    monkeypatch.setattr(katana_async, "KatanaClient", Katana)
    sent: list[tuple[str, str]] = []

    async def send_mail(to: str, text: str) -> None:
        sent.append((to, text))

    elsewhere = partner.app(
        client_id=os.environ["KATANA_CLIENT_ID"],
        client_secret=os.environ["KATANA_CLIENT_SECRET"],
        redirect_uri=REDIRECT_URI,
        store=MemoryTokenStore(clock=partner.server_clock.time),
    )
    await partner.connect(elsewhere, "there")
    old = (await partner.record(elsewhere, "there")).refresh
    assert old is not None
    names |= {
        "old_refresh_token": old.reveal(),
        "send_mail": send_mail,
    }
    # One function of all blocks, because later blocks use the results of earlier ones.
    blocks = python_blocks(PAGE)
    source = f"async def page():\n{textwrap.indent(chr(10).join(blocks), '    ')}"
    exec(compile(ast.parse(source), PAGE, "exec"), names)
    await names["page"]()
    assert (len(made), len(clients)) == (3, 1)

    # The listener of the page, for an account with and without a name.
    inform: Any = made[1]._listeners["on_reauthorization_required"]
    for account in (Account(company="Acme"), None):
        ended = Connection(id="tenant-42", status=Status.REAUTHORIZE, account=account)
        await inform(ended)
    assert sent == [
        ("tenant-42", "Please connect Acme again"),
        ("tenant-42", "Please connect tenant-42 again"),
    ]
    for client in clients:
        await client.close()
    for app in made:
        await app.close()
