"""Keys, and the journal of requests."""

import asyncio
import pickle
from typing import Any

import aiohttp
import pytest

from katana_async.sandbox import Sandbox, faults

from .conftest import Api

CANARY = "canary-4f6b1c"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic abc", "wrong"]
)
async def test_a_request_without_a_valid_key_is_a_401(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    async with api.session.get(f"{api.sandbox.base_url}/products", headers=headers) as response:
        assert response.status == 401
        assert (await response.json())["error"]["name"] == "UnauthorizedError"


async def test_keys_are_rotated_by_adding_one_and_revoking_the_other(api: Api) -> None:
    old, new = api.sandbox.api_key, api.sandbox.add_key()
    assert [(await api.get("/factory", key=key)).status for key in (old, new)] == [200, 200]
    api.sandbox.revoke_key(old)
    assert [(await api.get("/factory", key=key)).status for key in (old, new)] == [401, 200]
    assert api.sandbox.add_key("chosen") == "chosen"
    assert (await api.get("/factory", key="chosen")).status == 200


async def test_the_journal_has_requests_and_statuses(api: Api) -> None:
    body = {"name": "A", "variants": [{"sales_price": 1.50}]}
    await api.post("/products?ids=1&ids=2", body, headers={"X-Request-Id": "r1"})
    [seen] = api.sandbox.journal
    assert (seen.method, seen.path, seen.status) == ("POST", "/products", 200)
    assert seen.target == "/v1/products?ids=1&ids=2"
    assert seen.query == [("ids", "1"), ("ids", "2")]
    assert seen.body == body
    assert seen.operation == "POST /products"
    assert seen.at == api.sandbox.clock.time()
    assert seen.headers["x-request-id"] == "r1"
    assert seen.key_id == api.sandbox.key_id(api.sandbox.api_key)
    assert seen.connection == 1
    assert seen.fault is None


async def test_a_body_that_is_not_json_is_kept_as_bytes(api: Api) -> None:
    headers = {"Authorization": "Bearer x"}
    url = f"{api.sandbox.base_url}/products"
    async with api.session.post(url, data=b"{", headers=headers) as response:
        assert response.status == 401
    [seen] = api.sandbox.journal
    assert seen.body == b"{"


async def test_the_journal_counts_by_method_path_and_status(api: Api) -> None:
    first = api.sandbox.store["products"].ids()[0]
    await api.get("/products")
    await api.get(f"/products/{first}")
    await api.get("/products/7")
    await api.post("/products", {})
    journal = api.sandbox.journal
    assert len(journal) == journal.count() == 4
    assert journal.count(method="GET") == 3
    assert journal.count(path="/products") == 4
    assert journal.count(path="/products/*") == 2
    assert journal.count(path="/product") == 0
    assert journal.count(status=404) == 1
    assert [seen.status for seen in journal.find(path="/products/7")] == [404]
    assert journal[-1].status == 422
    assert [seen.method for seen in journal[1:]] == ["GET", "GET", "POST"]
    journal.clear()
    assert not journal


async def test_the_journal_can_be_kept_short(session: aiohttp.ClientSession) -> None:
    async with Sandbox(products=1, rate_limit=None, journal_limit=2) as sandbox:
        api = Api(session, sandbox)
        for path in ("/factory", "/products", "/variants"):
            await api.get(path)
        assert [seen.path for seen in sandbox.journal] == ["/products", "/variants"]


async def test_requests_with_a_fault_are_in_the_journal(api: Api) -> None:
    api.sandbox.faults.add(faults.ResetAfterRead())
    with pytest.raises(aiohttp.ClientError):
        await api.post("/products", {"name": "A"})
    seen = api.sandbox.journal[0]
    assert (seen.status, seen.fault) == (None, "ResetAfterRead")
    assert seen.body == {"name": "A"}


async def test_the_journal_does_not_contain_the_key(session: aiohttp.ClientSession) -> None:
    async with Sandbox(products=1, api_key=CANARY) as sandbox:
        api = Api(session, sandbox)
        await api.get("/factory", headers={"Cookie": "session=1"})
        sandbox.revoke_key(CANARY)
        await api.get("/factory")
        kept = [repr(sandbox), repr(sandbox.journal), repr(list(sandbox.journal))]
        kept += [repr(sandbox.rate_limited), repr(sandbox.connections), repr(sandbox.oddities)]
        kept += [str(pickle.dumps(seen)) for seen in sandbox.journal]
        assert not [text for text in kept if CANARY in text]
        assert not {"authorization", "cookie"} & set(sandbox.journal[0].headers)


async def test_a_cookie_tells_tenants_apart(api: Api) -> None:
    assert "Set-Cookie" not in (await api.get("/factory")).headers
    api.sandbox.oddities.set_cookie = True
    other = api.sandbox.add_key()
    first = (await api.get("/factory")).headers["Set-Cookie"]
    second = (await api.get("/factory", key=other)).headers["Set-Cookie"]
    assert first != second
    await api.get("/factory", headers={"Cookie": first.partition(";")[0]})
    own = api.sandbox.key_id(api.sandbox.api_key)
    assert api.sandbox.journal[-1].cookies == {"katana_tenant": own}
    assert api.sandbox.journal[-2].cookies == {}


async def test_a_path_outside_the_api_is_in_the_journal_unchanged(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.sandbox.api_key}"}
    root = api.sandbox.base_url.removesuffix("/v1")
    async with api.session.get(f"{root}/other/path", headers=headers) as response:
        assert response.status == 404
    [seen] = api.sandbox.journal
    assert (seen.path, seen.operation) == ("/other/path", None)


async def test_a_stopped_sandbox_is_gone_at_once(session: Any) -> None:
    sandbox = Sandbox(products=1)
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.base_url
    async with sandbox:
        api, url = Api(session, sandbox), sandbox.base_url
        sandbox.faults.add(faults.Latency(3600))
        waiting = asyncio.ensure_future(api.get("/factory"))
        while not sandbox.journal:  # noqa: ASYNC110 - what arrives tells no one but the journal
            await asyncio.sleep(0)
    with pytest.raises(aiohttp.ClientError):
        await waiting
    with pytest.raises(aiohttp.ClientConnectorError):
        await session.get(url)
    await sandbox.stop()


async def test_a_sandbox_can_be_started_again_with_its_records(session: Any) -> None:
    sandbox = Sandbox(products=1, rate_limit=None)
    async with sandbox:
        made = sandbox.store["products"].create({"name": "Kept"})
    async with sandbox:
        answer = await Api(session, sandbox).get(f"/products/{made['id']}")
        assert answer.json["name"] == "Kept"
