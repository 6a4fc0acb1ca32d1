"""The cursor contains the whole state, and a damaged one is refused."""

import gzip
import json
import string
from base64 import b64decode, b64encode
from contextlib import suppress
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

BASE64 = string.ascii_letters + string.digits + "+/"
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
def test_a_changed_character_is_refused_or_changes_nothing(
    state: FeedState, data: st.DataObject
) -> None:
    cursor = json.loads(write_cursor(state, 7, "products"))
    packed = cursor["state"]
    at = data.draw(st.integers(0, len(packed.rstrip("=")) - 2))
    other = data.draw(st.sampled_from(BASE64) | st.characters())
    cursor["state"] = packed[:at] + other + packed[at + 1 :]
    # A change in the header of gzip, or of a bit that fills the last byte, has no effect.
    with suppress(CursorRefused):
        assert read_cursor(json.dumps(cursor), 7, "products") == state


def test_a_state_with_the_checksum_of_another_one_is_refused() -> None:
    # Both have the same Adler-32, which is too weak for short texts.
    cursor, other = (
        json.loads(write_cursor(FeedState(5, {1: Delivery(1, read, 3)}), 7, "products"))
        for read in (348_861, 437_961)
    )
    checksum = b64decode(cursor["state"])[-8:]
    cursor["state"] = b64encode(b64decode(other["state"])[:-8] + checksum).decode()
    with pytest.raises(CursorRefused, match="the cursor is damaged"):
        read_cursor(json.dumps(cursor), 7, "products")


@pytest.mark.parametrize("keys", [(3, 1, 2), ("b", "a", "c"), ((1, 2), (1, None), (0, 3))])
def test_the_order_of_the_deliveries_does_not_change_the_cursor(keys: tuple[Key, ...]) -> None:
    texts = {
        write_cursor(FeedState(5, {key: Delivery(1, 2, 3) for key in order}), 7, "products")
        for order in (keys, keys[::-1])
    }
    assert len(texts) == 1


@pytest.mark.parametrize("cut", ["scalars", "delivered"])
def test_a_state_with_a_value_too_few_is_refused(cut: str) -> None:
    state = FeedState(5, {key: Delivery(1, 2, 3) for key in range(3)})
    cursor = json.loads(write_cursor(state, 7, "products"))
    content = json.loads(gzip.decompress(b64decode(cursor["state"])))
    (content["scalars"] if cut == "scalars" else content["delivered"][3]).pop()
    cursor["state"] = b64encode(gzip.compress(json.dumps(content).encode())).decode()
    with pytest.raises(CursorRefused, match="the cursor is damaged"):
        read_cursor(json.dumps(cursor), 7, "products")


def test_a_new_state_has_seen_nothing() -> None:
    state = FeedState(5)
    assert (state.sweep_expected, state.sweep_count, state.sweep_absent) == (0, 0, 0)
    assert (state.last_count, state.last_sweep, state.is_first_pass) == (0, 0, True)


def test_the_times_of_no_limit_are_outside_of_all_times() -> None:
    the_year_10000 = 253_402_300_800_000
    assert -the_year_10000 > BOTTOM
    assert the_year_10000 < TOP
    assert FeedState(5).sweep_position == FeedState(5).sweep_before == TOP
    assert GONE not in range(2**32)  # no fingerprint
