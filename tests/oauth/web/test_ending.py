"""A SIGTERM, as every deploy sends one, costs an example's customers no connection."""

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

LATE = 0.7  # seconds that the token endpoint takes: an example that closes nothing ends sooner


def app_of(partner: Partner, folder: Path, key: str, redirect_uri: str) -> OAuthApp:
    """Return an app as a process of the example has it."""
    return partner.app(
        redirect_uri=redirect_uri,
        store=SQLTokenStore.sqlite(folder / "katana-connections.sqlite"),
        cipher=KeyRing(Key.parse(key)),
        clock=SystemClock(),
    )


async def age(app: OAuthApp, left: float) -> None:
    """Let what is stored look as if its access token had so many seconds left."""
    opened = await app._vault.connection("tenant")
    assert opened is not None
    assert opened.record.life is not None
    old = evolve(opened.record, issued_at=opened.record.issued_at - opened.record.life + left)
    assert await app._vault.save_connection("tenant", opened.version + 1, old)


@pytest.mark.parametrize("example", EXAMPLES)
async def test_a_process_that_is_told_to_end_stores_what_it_refreshes(
    partner: Partner, example: str, tmp_path: Path
) -> None:
    oauth, key = partner.oauth, new_key()
    # Bound here as well, without listening, so that nobody else is given it meanwhile.
    kept = partner.stack.enter_context(socket.socket())
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    port = kept.getsockname()[1]
    redirect_uri = f"http://127.0.0.1:{port}/katana/callback"
    async with app_of(partner, tmp_path, key, redirect_uri) as app:
        await partner.connect(app, "tenant")
        await age(app, 60)  # the next call has it refreshed in the background

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
        partner.sandbox.faults.add(faults.Latency(LATE), path="/oauth/token", times=1)
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

    async with app_of(partner, tmp_path, key, redirect_uri) as app:
        await age(app, 0)  # so that it is seen that the refresh token is the last one
        theirs = partner.client().with_auth(app.auth("tenant"))
        assert await theirs.products.list().count() == 5
    assert (oauth.audit.count("refreshed"), oauth.audit.count("reused")) == (2, 0)
