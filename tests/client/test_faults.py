"""The outcome of each fault for the caller, and the number of requests."""

import asyncio
import resource
import time
from typing import Any

import pytest

from katana_async import (
    APIError,
    ApiKey,
    ConnectionFailed,
    DecodingError,
    KatanaClient,
    NotFound,
    RateLimited,
    ServerError,
    TimedOut,
)
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import Sandbox, faults
from tests.client.conftest import MakeClient


async def create(katana: KatanaClient) -> object:
    return await katana.price_lists.create(name="Wholesale")


async def change(katana: KatanaClient) -> object:
    return await katana.price_lists.update(1, name="Retail")


async def read(katana: KatanaClient) -> object:
    return await katana.products.list().page(1)


BROKEN = [
    faults.ResetAfterRead(),
    faults.ResetAfterRead(processed=True),
    faults.CutBody(at=0),
    faults.CutBody(at=5),
    faults.WrongContentLength(7),
    faults.GzipGarbage(),
    faults.Latency(5.0),
]


@pytest.mark.parametrize("fault", BROKEN, ids=repr)
async def test_a_read_is_tried_again_after(
    fault: faults.Fault, sandbox: Sandbox, make_client: MakeClient
) -> None:
    sandbox.faults.add(fault, path="/products", times=2)
    katana = make_client(timeout=0.25)
    assert await read(katana)
    assert sandbox.journal.count(method="GET") == 3
    assert katana.stats.requests == 3
    assert katana.stats.retries == 2


@pytest.mark.parametrize("fault", BROKEN, ids=repr)
@pytest.mark.parametrize("write", [create, change])
async def test_a_write_is_never_sent_twice_after(
    write: Any, fault: faults.Fault, sandbox: Sandbox, make_client: MakeClient
) -> None:
    sandbox.faults.add(fault, path="/price_lists", times=None)
    katana = make_client(timeout=0.25)
    with pytest.raises(ConnectionFailed, match="look before sending it again") as caught:
        await write(katana)
    assert caught.value.outcome_unknown
    assert caught.value.attempts == 1
    assert len(sandbox.journal) == 1


@pytest.mark.parametrize("fault", BROKEN, ids=repr)
async def test_the_error_of_a_failing_read_has_the_number_of_attempts(
    fault: faults.Fault, sandbox: Sandbox, make_client: MakeClient
) -> None:
    sandbox.faults.add(fault, times=None)
    katana = make_client(timeout=0.25, retries=1)
    with pytest.raises(ConnectionFailed, match=r"GET /products: .*\(attempt 2\)") as caught:
        await read(katana)
    assert isinstance(caught.value, TimedOut) is isinstance(fault, faults.Latency)
    assert not caught.value.outcome_unknown
    assert len(sandbox.journal) == 2


async def test_a_404_after_a_lost_answer_counts_as_a_successful_delete(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    created = await katana.price_lists.create(name="Old")
    sandbox.faults.add(faults.ResetAfterRead(processed=True), method="DELETE")
    await katana.price_lists.delete(created.id)
    assert sandbox.journal.count(method="DELETE") == 2
    with pytest.raises(NotFound):
        await katana.price_lists.delete(created.id)


async def test_a_delete_of_several_is_retried_but_a_404_does_not_count_as_success(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.faults.add(faults.ResetAfterRead(), method="DELETE")
    with pytest.raises(NotFound) as caught:
        await katana.request("DELETE", "/price_lists/987654", json={"ids": [1, 2]})
    assert caught.value.attempts == 2
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_read_is_tried_again_after_a_server_error(
    status: int, sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.faults.add(faults.Html(status), times=2)
    assert await read(katana)
    assert len(sandbox.journal) == 3


async def test_an_html_page_is_an_error_in_one_sentence(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    sandbox.faults.add(faults.Html(502), times=None)
    with pytest.raises(ServerError, match="502: the answer is an HTML page titled '502'"):
        await read(make_client(retries=0))


async def test_a_write_is_not_tried_again_after_a_server_error(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.faults.add(faults.Html(502))
    with pytest.raises(ServerError) as caught:
        await create(katana)
    assert caught.value.outcome_unknown
    assert len(sandbox.journal) == 1


async def test_the_error_of_an_empty_answer_names_it_empty(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.faults.add(faults.Empty(200), times=None)
    with pytest.raises(DecodingError, match="/products: the answer is empty"):
        await read(katana)
    with pytest.raises(DecodingError, match="the answer is empty"):
        await create(katana)
    assert len(sandbox.journal) == 2


async def test_a_connection_reset_before_it_is_read_is_an_unknown_outcome_for_a_write(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    await read(katana)
    sandbox.faults.add(faults.ResetBeforeRead(), method="POST")
    with pytest.raises(ConnectionFailed) as caught:
        await create(katana)
    assert caught.value.outcome_unknown
    assert sandbox.journal.count(method="POST") == 0


async def test_a_read_survives_a_connection_reset_before_it_is_read(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.faults.add(faults.ResetBeforeRead(), method="GET", times=2)
    await read(katana)
    assert sandbox.connections.resets == 2
    assert katana.stats.requests == 3


async def test_a_stale_connection_costs_a_read_one_more_request_that_is_counted(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    await read(katana)
    sandbox.faults.add(faults.IdleClose("next_request"))
    await read(katana)
    assert len(sandbox.journal) == 2
    assert katana.stats.requests == 3  # aiohttp would have sent the third by itself, uncounted


async def test_a_stale_connection_never_makes_a_write_go_out_twice(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    await read(katana)
    sandbox.faults.add(faults.IdleClose("next_request"))
    with pytest.raises(ConnectionFailed) as caught:
        await create(katana)
    assert caught.value.outcome_unknown
    assert katana.stats.requests == 2


@pytest.mark.parametrize("write", [create, change])
async def test_a_write_goes_out_again_when_no_connection_was_made(
    write: Any, sandbox: Sandbox, make_client: MakeClient
) -> None:
    katana = make_client(retries=2)
    await sandbox.stop()
    with pytest.raises(ConnectionFailed, match="no connection") as caught:
        await write(katana)
    assert caught.value.attempts == 3
    assert not caught.value.outcome_unknown


async def test_a_host_that_does_not_exist_is_named() -> None:
    nowhere = "https://katana.invalid"
    async with KatanaClient(auth=ApiKey("k"), base_url=nowhere, retries=0) as katana:
        with pytest.raises(ConnectionFailed, match=r"katana\.invalid"):
            await read(katana)


@pytest.mark.parametrize("call", [read, create])
async def test_a_429_is_obeyed_and_the_call_goes_out_again(
    call: Any, sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.faults.add(faults.TooMany(retry_after=1))
    started = time.monotonic()
    await call(katana)
    assert 1.0 <= time.monotonic() - started < 2.5
    assert katana.stats.rate_limited == 1
    assert len(sandbox.journal) == 2


async def test_a_429_without_retry_after_waits_a_second(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.oddities.rate_limit_headers = False
    sandbox.faults.add(faults.TooMany(retry_after=None))
    started = time.monotonic()
    await read(katana)
    assert 1.0 <= time.monotonic() - started < 2.5


async def test_a_429_with_a_wait_beyond_the_deadline_fails_at_once(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    sandbox.faults.add(faults.TooMany(retry_after=3600))
    with pytest.raises(RateLimited) as caught:
        await read(make_client(deadline=5.0))
    assert caught.value.retry_after == 3600
    assert len(sandbox.journal) == 1


@pytest.mark.parametrize("skew", [3600.0, -3600.0])
async def test_a_clock_an_hour_off_changes_nothing(skew: float, make_client: MakeClient) -> None:
    async with Sandbox(products=5) as sandbox:
        sandbox.faults.add(faults.ClockSkew(skew), times=None)
        katana = make_client(auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url)
        started = time.monotonic()
        await asyncio.gather(*(read(katana) for _ in range(50)))
        assert time.monotonic() - started < 5
        assert katana.stats.rate_limited == 0


async def test_a_gzip_bomb_is_not_unpacked(sandbox: Sandbox, katana: KatanaClient) -> None:
    await read(katana)
    sandbox.faults.add(faults.GzipBomb(200_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ConnectionFailed, match="larger than max_response_bytes"):
        await read(katana)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 160 * 1024  # KiB: the sandbox in this process packs it, and we read 64 MiB
    assert len(sandbox.journal) == 2


async def test_a_size_limit_can_be_set(sandbox: Sandbox, make_client: MakeClient) -> None:
    with pytest.raises(ConnectionFailed, match="larger than max_response_bytes"):
        await read(make_client(max_response_bytes=100))


async def test_a_redirect_is_not_followed(sandbox: Sandbox, katana: KatanaClient) -> None:
    sandbox.faults.add(faults.Redirect("http://127.0.0.1:1/elsewhere"))
    with pytest.raises(APIError, match="a redirect, which is never followed"):
        await read(katana)
    assert len(sandbox.journal) == 1


async def test_a_content_length_that_is_too_short_does_not_poison_the_next_answer(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.faults.add(faults.WrongContentLength(-3))
    first = await katana.products.list().page(1)
    assert first.items == (await katana.products.list().page(1)).items
    assert katana.stats.requests == 3  # the leftover bytes break one answer


async def test_the_deadline_covers_every_attempt(sandbox: Sandbox, make_client: MakeClient) -> None:
    sandbox.faults.add(faults.Latency(30), times=None)
    katana = make_client(timeout=0.2, deadline=0.5, retries=100)
    started = time.monotonic()
    with pytest.raises(TimedOut):
        await read(katana)
    assert 0.4 <= time.monotonic() - started < 5  # 100 attempts would take 20 s
    assert 2 <= katana.stats.requests <= 4


async def test_the_deadline_covers_the_wait_for_the_rate_limit(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    sandbox.oddities.rate_limit_headers = False
    katana = make_client(limits=ProcessLimits(limit=1), deadline=0.2)
    await read(katana)
    with pytest.raises(TimedOut, match="waiting for its turn") as caught:
        await create(katana)
    assert not caught.value.outcome_unknown
    assert caught.value.attempts == 0
    assert len(sandbox.journal) == 1


async def test_retries_do_not_multiply_the_requests_of_an_outage(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    sandbox.faults.add(faults.Html(503), times=None)
    katana = make_client(limits=ProcessLimits(limit=10_000))
    await asyncio.gather(*(read(katana) for _ in range(300)), return_exceptions=True)
    assert len(sandbox.journal) <= 300 * 1.2 + 25


async def test_a_cancelled_call_gives_up_its_slot(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    sandbox.faults.add(faults.Latency(30))
    katana = make_client()
    call = asyncio.create_task(read(katana))
    while not sandbox.journal.count():  # noqa: ASYNC110 - the journal has no event to wait for
        await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await read(katana)
