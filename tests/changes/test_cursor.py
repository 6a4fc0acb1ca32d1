"""The cursor contains the whole state, and a damaged one is refused."""

import json
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from katana_async import CursorRefused
from katana_async.changes.state import (
    BOTTOM,
    GONE,
    TOP,
    Delivery,
    FeedState,
    Key,
    Recheck,
    read_cursor,
    write_cursor,
)

TIMES = st.integers(BOTTOM, TOP)
COUNTS = st.integers(0, 10**9)
IDS = st.integers(1, 2**63)
TEXTS = st.text(max_size=40)
KEYS: list[st.SearchStrategy[Any]] = [
    IDS,
    TEXTS,
    st.tuples(IDS, st.none() | IDS),
    st.tuples(IDS, TEXTS),
    IDS | TEXTS,
]


@st.composite
def states(draw: st.DrawFn) -> FeedState:
    keys: st.SearchStrategy[Key] = draw(st.sampled_from(KEYS))
    prints = st.just(GONE) | st.integers(0, 2**32 - 1)
    return FeedState(
        settled_until=draw(TIMES),
        delivered=draw(st.dictionaries(keys, st.builds(Delivery, TIMES, TIMES, prints))),
        rechecks=draw(st.dictionaries(keys, st.builds(Recheck, TIMES, TIMES, swept=st.booleans()))),
        read_until=draw(TIMES),
        is_first_pass=draw(st.booleans()),
        sweep_position=draw(TIMES),
        sweep_before=draw(TIMES),
        sweep_expected=draw(COUNTS),
        sweep_count=draw(COUNTS),
        sweep_absent=draw(COUNTS),
        last_count=draw(COUNTS),
        last_sweep=draw(TIMES),
    )


@given(states())
@example(FeedState(5))
@example(FeedState(5, {"a": Delivery(1, 2, 3), 7: Delivery(4, 5, 6)}))
def test_a_cursor_contains_the_whole_state(state: FeedState) -> None:
    assert read_cursor(write_cursor(state, 7, "products"), 7, "products") == state


@given(states(), st.data())
def test_a_changed_character_of_the_state_is_refused(state: FeedState, data: st.DataObject) -> None:
    cursor = json.loads(write_cursor(state, 7, "products"))
    packed = cursor["state"]
    at = data.draw(st.integers(0, len(packed.rstrip("=")) - 2))
    other = data.draw(st.characters().filter(lambda each: each != packed[at]))
    cursor["state"] = packed[:at] + other + packed[at + 1 :]
    with pytest.raises(CursorRefused, match="the cursor is damaged"):
        read_cursor(json.dumps(cursor), 7, "products")


def test_the_times_of_no_limit_are_outside_of_all_times() -> None:
    the_year_10000 = 253_402_300_800_000
    assert -the_year_10000 > BOTTOM
    assert the_year_10000 < TOP
    assert FeedState(5).sweep_position == FeedState(5).sweep_before == TOP
    assert GONE not in range(2**32)  # no fingerprint
