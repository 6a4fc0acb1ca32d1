"""The cases to measure, the axes along which cost grows, and the figures with targets."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from bench.results import Results, ratios


class Case(NamedTuple):
    """One operation of several clients, in rounds.

    Attributes:
        label: The name on the page.
        unit: The unit of work, in the singular.
        operation: A method of `bench.clients.base.Client`, or of the SDK's alone.
        arguments: Its arguments.
        clients: The clients, by their names in `bench.clients.CLIENTS`.
        rounds: The number of rounds; a quick run makes a third of them.
        fresh: Start new processes in each round, for their peak memory, and do not warm them up.
        why: The reason where another client is faster; empty if the SDK is alone.
    """

    label: str
    unit: str
    operation: str
    arguments: dict[str, Any]
    clients: tuple[str, ...]
    rounds: int
    fresh: bool = False
    why: str = ""


STREAMED = 50_000
TENANTS = 10_000

_DECODES = ("bare", "community", "sdk")
_CALLS = ("bare", "httpx", "community", "sdk")

CASES = {
    "decode_products": Case(
        "decode a page of 250 products",
        "page",
        "decode",
        {"page": "products", "repeat": 10},
        _DECODES,
        15,
        why="orjson makes dicts of texts and floats; the SDK makes typed records with exact"
        " decimals and times, and checks each of them.",
    ),
    "decode_orders": Case(
        "decode a page of 250 orders",
        "page",
        "decode",
        {"page": "orders", "repeat": 6},
        _DECODES,
        15,
        why="as for products; an order has more decimals and times.",
    ),
    "decode_empty_objects": Case(
        "decode orders with `{}` for null",
        "page",
        "decode",
        {"page": "orders with {} for null", "repeat": 6},
        ("bare", "sdk"),
        15,
        why="the fast decoder refuses the page; the SDK then repairs its bytes and decodes it"
        " again.",
    ),
    "decode_bad_record": Case(
        "decode 250 products, one of them bad",
        "page",
        "decode",
        {"page": "products, one of them bad", "repeat": 6},
        ("bare", "sdk"),
        15,
        why="the fast decoder refuses the page; the SDK then decodes it record by record, so that"
        " 249 of them are returned.",
    ),
    "encode": Case(
        "encode the bodies of 250 new orders",
        "body",
        "encode",
        {"count": 250},
        _DECODES,
        15,
        why="orjson gets dicts that are ready, with floats and texts; the SDK gets Decimals and"
        " datetimes, and checks names, types, ranges and offsets, so that an error names the field."
        " That takes 22 µs a body (Python 3.11), a fifth of the call that sends it: 2 for writing"
        " the JSON, 3 for two times, 4 for addresses, 13 for the names and values of three rows."
        " msgspec without any check writes such a body in 4 to 5 times the time of orjson, and with"
        " its own check of types in 8 to 9 times. The target was set before this was measured.",
    ),
    "sequence": Case(
        "small GETs, one after another",
        "call",
        "gets",
        {"count": 100, "concurrency": 1},
        _CALLS,
        15,
        why="aiohttp as the SDK calls it costs no more than bare; the rest are the SDK's own steps,"
        ' which "The steps of a call" shows. With one of them left out at a time (CPython 3.13), a'
        " call takes less by 5 µs without the limiter, which grants it and records its answer, each"
        " under a lock; 1.7 without the quota headers; 1.3 without masking secrets; 0.9 without the"
        " checks of the loop and the process; 0.8 without the check of the path; the rest is"
        " coroutines and steps of less than 0.5 each. The target assumes"
        " 28 µs of own steps beside a server that takes 220 µs a call. Beside this server, which"
        " takes 130, that would be 0.82.",
    ),
    "fifty": Case(
        "small GETs, 50 at once",
        "call",
        "gets",
        {"count": 250, "concurrency": 50},
        _CALLS,
        11,
        why="as one after another; the caches are warmer.",
    ),
    "stream": Case(
        f"stream {STREAMED:,} products",
        "record",
        "stream",
        {},
        ("bare", "httpx", "sdk", "sdk_raw"),
        5,
        fresh=True,
        why="the SDK reads overlapping pages, 8 % more, so that a list which changes meanwhile"
        " loses no record: 0.08 of the ratio. A page of 250 costs bare aiohttp 1.08 ms, of which"
        " orjson takes 0.67 for dicts with floats (CPython 3.13). `raw()` adds 0.12 for exact"
        " Decimals, 0.04 for masking the key in the answer, 0.05 for the call and 0.06 for"
        " comparing ids and the iteration. Models are decoded faster than dicts, by more than the"
        " 0.12 for checking their decimals. A page is decoded when it is reached and freed before"
        " the next one is decoded, so that the records of one page are in memory, and the answers"
        " of up to 4, which are requested at once.",
    ),
    "tenants": Case(
        f"one call of each of {TENANTS:,} tenants, over the same calls of one",
        "run",
        "tenants_over_one",
        {"count": TENANTS},
        ("sdk",),
        3,
        fresh=True,
    ),
    "idle_tenants": Case(
        "one more idle tenant", "tenant", "idle_tenants", {"count": 1000}, ("sdk",), 3
    ),
    "grants": Case(
        "a free grant of the limiter", "grant", "grants", {"count": 10_000}, ("sdk",), 15
    ),
}

STEPS = Case(
    "the steps of a small GET",
    "call",
    "gets",
    {"count": 100, "concurrency": 1},
    ("bare", "step_aiohttp", "step_attempt", "step_call", "sdk"),
    25,
)
"""The path of a call, cut off after each step."""

STEP_LABELS = {
    "step_aiohttp": "aiohttp, as the SDK calls it: the address is parsed already",
    "step_attempt": "the attempt: headers, the answer in pieces and its size, secrets redacted",
    "step_call": "the call: credential, limiter, connection slot, quota headers, retry decision",
    "sdk": "the collection: request, sampling of unknown fields, the record as a model",
}
"""What each step adds to the one before it."""

START = "start"
"""The case of `startup.py`, whose samples come from new processes."""

START_ROUNDS = 7

START_WHY = (
    "the SDK loads attrs, msgspec and the area of the called collection, and compiles the decoder"
    " of its models, beside aiohttp."
)

START_LABELS = {
    "aiohttp": "`import aiohttp`",
    "bare": "aiohttp and orjson, first call",
    "httpx": "httpx and orjson, first call",
    "community": "community client, first call",
    "sdk": "this SDK, first call",
    "sdk_import": "`import katana_async`",
}


class Axis(NamedTuple):
    """How cost grows with a number.

    Attributes:
        label: The number's name, with its range.
        operation: A method of `bench.clients.base.Client`.
        arguments: Its arguments.
        size_argument: The argument that is the size; empty if the size is the list's.
        largest: The largest size of each client: larger ones would take minutes.
        steps: The sizes.
        caption: Facts about the plot.
        why: The reason where another client needs less memory.
    """

    label: str
    operation: str
    arguments: dict[str, int]
    size_argument: str
    largest: dict[str, int]
    steps: tuple[int, ...]
    caption: str
    why: str

    def arguments_for(self, size: int) -> dict[str, int]:
        """Return the arguments of a size."""
        return self.arguments | ({self.size_argument: size} if self.size_argument else {})


GROWTH = {
    "records": Axis(
        "records in a list",
        "stream",
        {},
        "",
        {
            "bare": 1_000_000,
            "httpx": 100_000,
            "community": 10_000,
            "sdk": 1_000_000,
            "sdk_raw": 100_000,
        },
        (1_000, 10_000, 100_000, 1_000_000),
        "All products of a list are read one by one. The community client returns a list only when"
        " all of it is read, so its memory grows with the list.",
        "the SDK loads more modules, and requests up to 4 pages at once.",
    ),
    "concurrency": Axis(
        "calls at once",
        "gets",
        {"count": 500},
        "concurrency",
        dict.fromkeys(_CALLS, 500),
        (1, 5, 20, 50, 100, 200, 500),
        "500 small GETs are made, so many of them at once.",
        "the SDK loads more modules, and keeps the state of each call.",
    ),
    "tenants": Axis(
        "tenants",
        "tenants",
        {},
        "count",
        {"bare": TENANTS, "httpx": 1_000, "community": 100, "sdk": TENANTS},
        (1, 10, 100, 1_000, TENANTS),
        "Each tenant makes one call. The SDK derives a client for each with `with_auth`; aiohttp"
        " and httpx send another header in one session, without limits; the community client needs"
        " a client and connections of its own for each.",
        "the SDK keeps the rate limit of each tenant: a limiter, and a slot for each call of the"
        " last minute.",
    ),
}


_TIMES = " ×"
_OF_BARE = " of bare aiohttp"


class Line(NamedTuple):
    """A figure with a target.

    Attributes:
        label: The name on the page.
        case: The case that is measured.
        values: Returns the figure of each round of a case.
        target: The value to reach.
        unit: The unit of the figure, after the number.
        at_least: Larger is better.
        quick_bound: The bound of a quick run; by default twice the target, or half of it.
    """

    label: str
    case: str
    values: Callable[[Results, str], list[float]]
    target: float
    unit: str = _TIMES
    at_least: bool = False
    quick_bound: float | None = None

    @property
    def is_ratio(self) -> bool:
        """Whether the figure is relative to another client."""
        return self.unit in (_TIMES, _OF_BARE)

    @property
    def bound(self) -> float:
        """The bound of a quick run."""
        if self.quick_bound is not None:
            return self.quick_bound
        return self.target / 2 if self.at_least else self.target * 2

    def figures(self, results: Results) -> list[float]:
        """Return the figure of each round."""
        return self.values(results, self.case)

    def reaches(self, value: float, target: float) -> bool:
        """Return whether a figure is as good as a target."""
        return value >= target if self.at_least else value <= target


def _cost(
    results: Results, case: str, client: str = "sdk", base: str = "bare", of: str = "cpu"
) -> list[float]:
    """Return the cost of the SDK relative to bare aiohttp's, or the other way round: a rate."""
    return ratios(results, case, client, base, of=of)


_rate = partial(_cost, client="bare", base="sdk")
_raw_cost = partial(_cost, client="sdk_raw")


def _own(results: Results, case: str) -> list[float]:
    """Return the figures that an operation of the SDK measured by itself."""
    return [each.result for each in results.cases[case]["sdk"]]


def _kibibytes(results: Results, case: str) -> list[float]:
    return [value / 1024 for value in _own(results, case)]


def _start(results: Results, case: str) -> list[float]:
    """Return the milliseconds of a first call over the import of aiohttp."""
    rounds = results.cases[case]
    pairs = zip(rounds["sdk"], rounds["aiohttp"], strict=True)
    return [(ours.cpu - theirs.cpu) * 1e3 for ours, theirs in pairs]


def _each(results: Results, case: str) -> list[float]:
    """Return the microseconds of one unit of work."""
    return [each.cpu / each.result * 1e6 for each in results.cases[case]["sdk"]]


LINES = (
    Line("Decode 250 products, relative to `orjson.loads`", "decode_products", _cost, 1.0),
    Line("Decode 250 orders, relative to `orjson.loads`", "decode_orders", _cost, 1.25),
    Line("Decode 250 orders with `{}` for null", "decode_empty_objects", _cost, 1.6),
    Line("Decode 250 products, one of them bad", "decode_bad_record", _cost, 2.5),
    Line(
        "Small GETs in sequence: rate", "sequence", partial(_rate, of="wall"), 0.88, _OF_BARE, True
    ),
    Line("50 GETs at once: rate by CPU time", "fifty", _rate, 0.68, _OF_BARE, True),
    Line("Stream 50,000 products as models: CPU time", "stream", _cost, 1.2),
    Line("Stream 50,000 products by `raw()`: CPU time", "stream", _raw_cost, 1.3),
    Line("... as models: peak memory of the process", "stream", partial(_cost, of="peak"), 1.2),
    Line("... by `raw()`: peak memory", "stream", partial(_raw_cost, of="peak"), 1.2),
    # The target is out of reach (see the case): the bound is twice the measured figure.
    Line(
        "Encode 250 order bodies, relative to `orjson.dumps`", "encode", _cost, 2, quick_bound=120
    ),
    Line("One more idle tenant (`with_auth`)", "idle_tenants", _kibibytes, 1, " KiB"),
    # An absolute time: a slow machine needs 0.8 s for what a quick one does in 0.25 s.
    Line(
        "10,000 tenants used once, over one: CPU time", "tenants", _own, 0.3, " s", quick_bound=1.5
    ),
    Line("Import and first call over `import aiohttp`: CPU time", START, _start, 60, " ms"),
    Line("A free grant of the limiter", "grants", _each, 2, " µs"),
)
