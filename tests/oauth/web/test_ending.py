"""SIGTERM, as at every deploy: a running refresh of an example is stored."""

import asyncio
import json
import os
import socket
import sys
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import pytest
from attrs import evolve

from katana_async.http.clock import SystemClock
from katana_async.oauth import Key, KeyRing, OAuthApp, SQLTokenStore, new_key
from katana_async.sandbox import faults
from tests.oauth.partner import Partner
from tests.oauth.web.sandboxed import CLOSED, EXAMPLES, ROOT

LATENCY = 0.7  # seconds of the token endpoint: longer than an example that does not close its app


def open_app(partner: Partner, folder: Path, key: str, redirect_uri: str) -> OAuthApp:
    """Return an app with the settings of the example."""
    return partner.app(
        redirect_uri=redirect_uri,
        store=SQLTokenStore.sqlite(folder / "katana-connections.sqlite"),
        cipher=KeyRing(Key.parse(key)),
        clock=SystemClock(),
    )


async def set_remaining_life(app: OAuthApp, seconds: float) -> None:
    """Change the stored row so that its access token expires in that many seconds."""
    opened = await app._sealed_rows.read_connection("tenant")
    assert opened is not None
    assert opened.record.life is not None
    old = evolve(opened.record, issued_at=opened.record.issued_at - opened.record.life + seconds)
    assert await app._sealed_rows.save_connection("tenant", opened.version + 1, old)


@pytest.mark.parametrize("example", EXAMPLES)
async def test_a_process_stores_its_refresh_before_it_ends(
    partner: Partner, example: str, tmp_path: Path
) -> None:
    oauth, key = partner.oauth, new_key()
    # Bound here without listening, so that no other process gets the port.
    reserved = partner.stack.enter_context(socket.socket())
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    port = reserved.getsockname()[1]
    redirect_uri = f"http://127.0.0.1:{port}/katana/callback"
    async with open_app(partner, tmp_path, key, redirect_uri) as app:
        await partner.connect(app, "tenant")
        await set_remaining_life(app, 60)  # the next call starts a refresh in the background

    addresses = {
        "authorize_url": oauth.authorize_url,
        "token_url": oauth.token_url,
        "revoke_url": oauth.revoke_url,
        "api_url": partner.sandbox.base_url,
    }
    program = str(ROOT / "examples" / f"{example}.py")
    arguments = ["tests.oauth.web.sandboxed", program, json.dumps(addresses), "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *arguments),
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "KATANA_CLIENT_ID": oauth.client.client_id,
            "KATANA_CLIENT_SECRET": oauth.client.client_secret,
            "KATANA_REDIRECT_URI": redirect_uri,
            "KATANA_TOKEN_KEY": key,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        site = (await process.stdout.readline()).decode().strip()
        partner.sandbox.faults.add(faults.Latency(LATENCY), path="/oauth/token", times=1)
        async with (
            aiohttp.ClientSession() as session,
            session.get(urljoin(site, "/connections/tenant")) as page,
        ):
            assert page.status == 200
        await partner.until(lambda: oauth.audit.count("refreshed") == 1)
        process.terminate()
        assert CLOSED in (await process.stdout.read()).decode().splitlines()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()

    async with open_app(partner, tmp_path, key, redirect_uri) as app:
        await set_remaining_life(app, 0)  # a refresh shows that the stored refresh token is valid
        theirs = partner.client().with_auth(app.auth("tenant"))
        assert await theirs.products.list().count() == 5
    assert (oauth.audit.count("refreshed"), oauth.audit.count("reused")) == (2, 0)
