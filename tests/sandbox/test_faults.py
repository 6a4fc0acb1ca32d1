"""The bytes of each fault, read from a socket without an HTTP client."""

import asyncio
import gzip
import json
import zlib
from contextlib import suppress
from typing import Any

import pytest
from attrs import frozen

from katana_async.sandbox import ManualClock, Sandbox, faults
from katana_async.sandbox.faults import Fault, gzip_bomb

from .conftest import Api

POST_BODY = json.dumps({"name": "Made", "variants": [{}]})


@frozen
class Got:
    """The bytes that a socket received, and the end of the connection: open, closed or reset."""

    data: bytes
    end: str

    @property
    def head(self) -> str:
        return self.data.partition(b"\r\n\r\n")[0].decode()

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        return int(self.head.split(" ")[1])

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None


class Wire:
    """A socket connected to the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.lull = 0.02  # seconds of silence after a whole answer that show it was the last

    async def open(self) -> "Wire":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.sandbox.port)
        return self

    def write(self, method: str = "GET", path: str = "/factory", body: str = "") -> None:
        head = f"{method} /v1{path} HTTP/1.1\r\nHost: x\r\n"
        head += f"Authorization: Bearer {self.sandbox.api_key}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.writer.write((head + body).encode())

    async def send(self, method: str = "GET", path: str = "/factory", body: str = "") -> Got:
        self.write(method, path, body)
        return await self.receive()

    async def receive(self) -> Got:
        """Read an answer; the end is `open` if the connection stays open for a moment."""
        got = Got(b"", "open")
        try:
            while chunk := await asyncio.wait_for(self.reader.read(2**20), self._patience(got)):
                got = Got(got.data + chunk, "open")
        except TimeoutError:
            return got
        except ConnectionResetError:
            return Got(got.data, "reset")
        return Got(got.data, "closed")

    def _patience(self, got: Got) -> float:
        whole = got.data and len(got.body) >= int(got.header("Content-Length") or 0)
        return self.lull if whole else 10.0

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


@pytest.fixture
async def wire(sandbox: Sandbox) -> Any:
    opened = await Wire(sandbox).open()
    yield opened
    await opened.close()


def products_made(sandbox: Sandbox) -> int:
    return len(sandbox.store["products"]) - 120


async def test_without_a_fault_the_connection_is_kept(wire: Wire) -> None:
    first, second = await wire.send(), await wire.send()
    assert (first.status, first.end) == (second.status, second.end) == (200, "open")
    assert len(first.body) == int(first.header("Content-Length") or 0)
    assert wire.sandbox.connections.opened == 1


async def test_a_reset_before_reading_applies_to_a_new_connection(sandbox: Sandbox) -> None:
    rule = sandbox.faults.add(faults.ResetBeforeRead())
    first = await Wire(sandbox).open()
    assert (await first.receive()).end == "reset"
    await first.close()
    assert (rule.hits, sandbox.connections.resets) == (1, 1)
    second = await Wire(sandbox).open()
    assert (await second.send()).status == 200
    await second.close()
    assert len(sandbox.journal) == 1


async def test_a_reset_before_reading_strikes_a_connection_kept_alive(wire: Wire) -> None:
    assert (await wire.send()).status == 200
    wire.sandbox.faults.add(faults.ResetBeforeRead())
    assert await wire.send("POST", "/products", POST_BODY) == Got(b"", "reset")
    assert wire.sandbox.connections.resets == 1
    assert wire.sandbox.journal.count(method="POST") == 0
    assert products_made(wire.sandbox) == 0


async def test_a_reset_before_reading_can_choose_its_request(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.ResetBeforeRead(), method="POST", path="/products")
    assert (await wire.send()).status == 200
    assert (await wire.send("POST", "/products", POST_BODY)).end == "reset"


@pytest.mark.parametrize("processed", [False, True])
async def test_a_reset_after_reading_sends_nothing(wire: Wire, processed: bool) -> None:
    wire.sandbox.faults.add(faults.ResetAfterRead(processed=processed))
    assert await wire.send("POST", "/products", POST_BODY) == Got(b"", "reset")
    assert products_made(wire.sandbox) == processed
    assert wire.sandbox.journal.count(method="POST") == 1
    assert wire.sandbox.connections.resets == 0


async def test_a_cut_body_promises_more_than_comes(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.CutBody(at=25))
    got = await wire.send("POST", "/products", POST_BODY)
    assert (got.status, len(got.body), got.end) == (200, 25, "closed")
    assert int(got.header("Content-Length") or 0) > 25
    assert products_made(wire.sandbox) == 1


@pytest.mark.parametrize(("delta", "end"), [(7, "closed"), (-7, "open")])
async def test_a_wrong_content_length_is_off(wire: Wire, delta: int, end: str) -> None:
    wire.sandbox.faults.add(faults.WrongContentLength(delta))
    got = await wire.send()
    assert int(got.header("Content-Length") or 0) == len(got.body) + delta
    assert got.end == end
    assert json.loads(got.body)["display_name"]


async def test_gzip_garbage_is_no_gzip(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.GzipGarbage())
    got = await wire.send()
    assert got.header("Content-Encoding") == "gzip"
    with pytest.raises((OSError, zlib.error)):
        gzip.decompress(got.body)


async def test_a_gzip_bomb_is_valid_json_that_is_large(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.GzipBomb(decoded_bytes=3_000_000))
    got = await wire.send()
    assert got.header("Content-Encoding") == "gzip"
    decoded = gzip.decompress(got.body)
    assert len(decoded) >= 3_000_000
    assert len(got.body) < 10_000
    assert len(json.loads(decoded)["data"]) == 1


def test_200_megabytes_fit_into_a_few_hundred_kilobytes() -> None:
    bomb = gzip_bomb(200_000_000)
    assert len(bomb) < 300_000
    assert int.from_bytes(bomb[-4:], "little") >= 200_000_000


@pytest.mark.parametrize("status", [502, 200])
async def test_html_comes_without_the_apis_headers(wire: Wire, status: int) -> None:
    wire.sandbox.faults.add(faults.Html(status))
    got = await wire.send("POST", "/products", POST_BODY)
    assert (got.status, got.header("Content-Type")) == (status, "text/html; charset=utf-8")
    assert got.body.startswith(b"<html>")
    assert products_made(wire.sandbox) == 0


async def test_an_empty_answer_has_no_body(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.Empty(status=200, processed=True))
    got = await wire.send("POST", "/products", POST_BODY)
    assert (got.status, got.body, got.header("Content-Length")) == (200, b"", "0")
    assert products_made(wire.sandbox) == 1


async def test_a_status_comes_with_a_body_of_choice(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.Status(503, {"message": "later"}))
    wire.sandbox.faults.add(faults.Status(500, processed=True), after=0)
    got = await wire.send()
    assert (got.status, json.loads(got.body)) == (503, {"message": "later"})
    got = await wire.send("POST", "/products", POST_BODY)
    assert json.loads(got.body)["error"]["statusCode"] == 500
    assert products_made(wire.sandbox) == 1


@pytest.mark.parametrize("fault", [faults.Status(429), faults.TooMany()], ids=repr)
async def test_an_error_of_a_fault_has_the_form_of_the_sandboxs_own(
    wire: Wire, fault: Fault
) -> None:
    wire.sandbox.faults.add(fault, times=2)
    wrapped = await wire.send()
    wire.sandbox.oddities.wrapped_errors = False
    flat = await wire.send()
    assert json.loads(wrapped.body) == {"error": json.loads(flat.body)}
    assert json.loads(flat.body)["statusCode"] == 429
    assert flat.header("Content-Type") == "application/json; charset=utf-8"


async def test_an_error_of_a_fault_at_the_token_endpoint_is_not_wrapped(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.Status(502))
    wire.writer.write(b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    got = await wire.receive()
    assert json.loads(got.body)["statusCode"] == 502


@pytest.mark.parametrize("retry_after", [None, 2, 0.5])
async def test_too_many_comes_with_and_without_retry_after(
    wire: Wire, retry_after: float | None
) -> None:
    wire.sandbox.faults.add(faults.TooMany(retry_after))
    got = await wire.send("POST", "/products", POST_BODY)
    assert got.status == 429
    assert got.header("Retry-After") == (None if retry_after is None else f"{retry_after:g}")
    assert products_made(wire.sandbox) == 0
    assert wire.sandbox.violations == 0


async def test_a_redirect_names_where_to(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.Redirect("https://elsewhere.example/", status=302))
    got = await wire.send()
    assert (got.status, got.header("Location")) == (302, "https://elsewhere.example/")


async def test_a_connection_kept_alive_is_closed_when_the_next_request_comes(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.IdleClose())
    first = await wire.send()
    assert (first.status, first.end) == (200, "open")
    assert await wire.send("POST", "/products", POST_BODY) == Got(b"", "closed")
    assert wire.sandbox.connections.closed == 1
    assert wire.sandbox.journal.count(method="POST") == 0


async def test_a_connection_is_closed_behind_an_answer_that_did_not_say_so(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.IdleClose("after_answer"))
    wire.lull = 10.0
    got = await wire.send()
    assert (got.status, got.end, got.header("Connection")) == (200, "closed", None)
    assert wire.sandbox.connections.closed == 1


async def test_the_clock_seems_off_in_two_headers(session: Any, clock: ManualClock) -> None:
    async with Sandbox(products=1, clock=clock) as sandbox:
        api = Api(session, sandbox)
        true = (await api.get("/factory")).headers
        assert true["Date"] == "Mon, 05 Jan 2026 08:00:00 GMT"
        sandbox.faults.add(faults.ClockSkew(-3600), times=None)
        for _ in range(2):
            skewed = (await api.get("/factory")).headers
            assert skewed["Date"] == "Mon, 05 Jan 2026 07:00:00 GMT"
            moved = int(skewed["X-Ratelimit-Reset"]) - int(true["X-Ratelimit-Reset"])
            assert moved == -3_600_000


async def test_latency_delays_by_real_time(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.Latency(0.12))
    loop = asyncio.get_running_loop()
    before = loop.time()
    assert (await wire.send()).status == 200
    assert loop.time() - before >= 0.12


@pytest.mark.parametrize("processed", [False, True])
async def test_who_hangs_up_while_waiting_may_be_too_late_to_stop_it(
    sandbox: Sandbox, processed: bool
) -> None:
    sandbox.faults.add(faults.Latency(3600, processed=processed))
    wire = await Wire(sandbox).open()
    wire.write("POST", "/products", POST_BODY)
    while not sandbox.journal:  # noqa: ASYNC110 - what arrives tells no one but the journal
        await asyncio.sleep(0)
    await wire.close()
    while sandbox.connections.open:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    assert products_made(sandbox) == processed
    assert sandbox.journal[0].status is None


async def test_latency_goes_with_another_fault(wire: Wire) -> None:
    wire.sandbox.faults.add(faults.Latency(0.01))
    wire.sandbox.faults.add(faults.Html(502))
    assert (await wire.send()).status == 502
    assert wire.sandbox.journal[0].fault == "Html"


async def test_faults_respect_times_and_after(wire: Wire) -> None:
    rule = wire.sandbox.faults.add(faults.Status(500), path="/factory", times=2, after=1)
    statuses = [(await wire.send()).status for _ in range(5)]
    assert statuses == [200, 500, 500, 200, 200]
    assert rule.hits == 2


async def test_faults_choose_by_method_and_path(wire: Wire) -> None:
    add = wire.sandbox.faults.add
    add(faults.Status(500), method="delete", times=None)
    add(faults.Status(501), path="/sales_order", times=None)
    add(faults.Status(502), path="/products/*", times=None)
    add(faults.Status(503), path="/variants", times=None)
    one = wire.sandbox.store["variants"].ids()[0]
    calls = [
        ("GET", "/products", 200),
        ("GET", "/products/7", 502),
        ("DELETE", "/products/7", 500),
        ("GET", f"/variants/{one}", 503),
        ("GET", "/variants?limit=1", 503),
        ("GET", "/sales_orders?limit=1", 200),
    ]
    for method, path, status in calls:
        assert (await wire.send(method, path)).status == status
    wire.sandbox.faults.clear()
    assert (await wire.send("GET", "/products/7")).status == 404


@pytest.mark.parametrize(
    "fault",
    [
        faults.ResetAfterRead(),
        faults.CutBody(),
        faults.GzipGarbage(),
        faults.Html(),
        faults.Empty(),
        faults.Status(),
        faults.Redirect(),
    ],
)
async def test_a_request_that_was_read_counts_towards_the_limit(fault: Fault) -> None:
    async with Sandbox(products=1, clock=ManualClock()) as sandbox:
        wire = await Wire(sandbox).open()
        sandbox.faults.add(fault)
        await wire.send()
        assert sandbox.draw(1000) == 59
        await wire.close()


async def test_a_429_of_a_fault_does_not_count_towards_the_limit() -> None:
    async with Sandbox(products=1, clock=ManualClock()) as sandbox:
        wire = await Wire(sandbox).open()
        sandbox.faults.add(faults.TooMany())
        await wire.send()
        assert sandbox.draw(1000) == 60
        await wire.close()
