"""The rate limit: fixed and sliding windows, headers, and rejections."""

from typing import Any

import pytest

from katana_async.sandbox import ManualClock, RateLimit, Sandbox

from .conftest import Api

START = ManualClock().time()


async def statuses(api: Api, count: int, **options: Any) -> list[int]:
    return [(await api.get("/factory", **options)).status for _ in range(count)]


def limited_sandbox(clock: ManualClock, **options: Any) -> Sandbox:
    limit = RateLimit(**{"limit": 3, "window": 10.0, "phase": 0.0} | options)
    return Sandbox(products=1, rate_limit=limit, clock=clock)


async def test_a_window_allows_the_limit_of_requests(session: Any, clock: ManualClock) -> None:
    async with limited_sandbox(clock) as sandbox:
        api = Api(session, sandbox)
        assert await statuses(api, 5) == [200, 200, 200, 429, 429]
        assert sandbox.violations == 2
        assert sandbox.rate_limited == {sandbox.key_id(sandbox.api_key): 2}


async def test_every_answer_has_the_rate_limit_headers(session: Any, clock: ManualClock) -> None:
    async with limited_sandbox(clock) as sandbox:
        api = Api(session, sandbox)
        clock.advance(4)
        headers = (await api.get("/products/7")).headers
        assert headers["X-Ratelimit-Limit"] == "3"
        assert headers["X-Ratelimit-Remaining"] == "2"
        assert headers["X-Ratelimit-Reset"] == str(int((START + 10) * 1000))
        assert headers["Date"] == "Mon, 05 Jan 2026 08:00:04 GMT"


async def test_a_429_has_retry_after_in_whole_seconds(session: Any, clock: ManualClock) -> None:
    async with limited_sandbox(clock, limit=0) as sandbox:
        api = Api(session, sandbox)
        clock.advance(3.4)
        answer = await api.get("/factory")
        assert answer.status == 429
        assert answer.headers["Retry-After"] == "7"
        assert answer.headers["X-Ratelimit-Remaining"] == "0"
        assert answer.error["name"] == "TooManyRequestsError"
        clock.advance(6.5)
        assert (await api.get("/factory")).headers["Retry-After"] == "1"


async def test_a_fixed_window_starts_again_all_at_once(session: Any, clock: ManualClock) -> None:
    async with limited_sandbox(clock) as sandbox:
        api = Api(session, sandbox)
        clock.advance(9)
        assert await statuses(api, 4) == [200, 200, 200, 429]
        clock.advance(1)
        assert await statuses(api, 4) == [200, 200, 200, 429]


async def test_a_phase_shifts_fixed_windows(session: Any, clock: ManualClock) -> None:
    async with limited_sandbox(clock, phase=2.0) as sandbox:
        api = Api(session, sandbox)
        assert await statuses(api, 4) == [200, 200, 200, 429]
        clock.advance(2)
        assert await statuses(api, 1) == [200]


async def test_a_sliding_window_frees_each_slot_by_itself(session: Any, clock: ManualClock) -> None:
    async with limited_sandbox(clock, kind="sliding") as sandbox:
        api = Api(session, sandbox)
        for _ in range(3):
            await api.get("/factory")
            clock.advance(2)
        answer = await api.get("/factory")
        assert answer.status == 429
        assert answer.headers["Retry-After"] == "4"
        assert answer.headers["X-Ratelimit-Reset"] == str(int((START + 10) * 1000))
        clock.advance(4)
        assert await statuses(api, 2) == [200, 429]
        clock.advance(2)
        assert await statuses(api, 2) == [200, 429]


async def test_a_refused_request_does_not_lengthen_the_wait(
    session: Any, clock: ManualClock
) -> None:
    async with limited_sandbox(clock, kind="sliding") as sandbox:
        api = Api(session, sandbox)
        await statuses(api, 20)
        clock.advance(10)
        assert await statuses(api, 3) == [200, 200, 200]


async def test_each_key_has_windows_of_its_own(session: Any, clock: ManualClock) -> None:
    async with limited_sandbox(clock) as sandbox:
        api, other = Api(session, sandbox), sandbox.add_key()
        assert await statuses(api, 4) == [200, 200, 200, 429]
        assert await statuses(api, 4, key=other) == [200, 200, 200, 429]


async def test_a_foreign_client_uses_up_the_rest_of_the_quota(
    session: Any, clock: ManualClock
) -> None:
    async with limited_sandbox(clock) as sandbox:
        api = Api(session, sandbox)
        assert sandbox.draw(2) == 2
        assert await statuses(api, 2) == [200, 429]
        assert sandbox.draw(2) == 0
        assert sandbox.draw(9, key=sandbox.add_key("other")) == 3


async def test_a_wrong_key_spends_nothing(session: Any, clock: ManualClock) -> None:
    async with limited_sandbox(clock) as sandbox:
        api = Api(session, sandbox)
        assert await statuses(api, 5, key="wrong") == [401] * 5
        assert await statuses(api, 3) == [200] * 3


async def test_without_a_limit_answers_have_a_limit_of_a_million(api: Api) -> None:
    for _ in range(2):
        answer = await api.get("/factory")
        assert answer.headers["X-Ratelimit-Limit"] == "1000000"
        assert answer.headers["X-Ratelimit-Remaining"] == "1000000"
    assert api.sandbox.draw(1) == 0


async def test_answers_may_lack_the_headers_of_the_limit(session: Any, clock: ManualClock) -> None:
    async with limited_sandbox(clock) as sandbox:
        sandbox.oddities.rate_limit_headers = False
        api = Api(session, sandbox)
        answer = await api.get("/factory")
        assert not [name for name in answer.headers if name.lower().startswith("x-ratelimit")]
        assert "Date" in answer.headers
        assert await statuses(api, 3) == [200, 200, 429]


async def test_the_default_rate_limit_is_katanas(session: Any) -> None:
    async with Sandbox(products=1) as sandbox:
        answer = await Api(session, sandbox).get("/factory")
        assert answer.headers["X-Ratelimit-Limit"] == "60"
        wait = int(answer.headers["X-Ratelimit-Reset"]) / 1000 - sandbox.clock.time()
        assert 0 < wait <= 60


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
async def test_a_clock_that_goes_back_does_not_break_the_windows(
    session: Any, clock: ManualClock, kind: Any
) -> None:
    async with limited_sandbox(clock, kind=kind) as sandbox:
        api = Api(session, sandbox)
        await statuses(api, 2)
        clock.advance(-30)
        assert (await api.get("/factory")).status == 200
