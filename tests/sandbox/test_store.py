"""Tables: contents and order while records are created, changed and deleted."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

from katana_async.sandbox import ManualClock, Record
from katana_async.sandbox.clock import milliseconds, moment as parse_moment, timestamp
from katana_async.sandbox.store import Id, SequentialIds, Store, Table, UuidIds

BEGIN = 1_600_000_000_000


class Colours:
    """Ten seeded records, red and blue in turn, of which one is deleted and one archived."""

    def __len__(self) -> int:
        return 10

    def make(self, index: int) -> Record:
        stamp = timestamp(self.creation_time(index))
        record: Record = {"colour": "red" if index % 2 else "blue", "owner": index % 3}
        hidden_field = self.hidden_field(index)
        stamps = {"created_at": stamp, "updated_at": stamp}
        return {**record, **stamps, **({hidden_field: stamp} if hidden_field else {})}

    def creation_time(self, index: int) -> int:
        return BEGIN + index // 2

    def hidden_field(self, index: int) -> str | None:
        return {3: "deleted_at", 4: "archived_at"}.get(index)

    def child_indexes(self, _link: str, parent: Id) -> Sequence[int]:
        return [index for index in range(10) if index % 3 == parent]


def table(clock: ManualClock | None = None) -> Table:
    return Table(
        "things",
        clock or ManualClock(),
        SequentialIds(101),
        {
            "colour": "grey",
            "owner": None,
            "archived_at": None,
            "deleted_at": None,
            "updated_at": None,
        },
        ("owner",),
        Colours(),
    )


def test_seeded_records_are_there_without_being_kept() -> None:
    things = table()
    assert things.ids() == [110, 109, 108, 107, 106, 103, 102, 101]
    assert things.get(102) == things.get(102)
    assert things.get(104) is None
    assert things.get(104, deleted=True) is not None
    assert things.get(111) is None
    assert len(things) == len(list(things)) == 8


def test_hidden_records_are_shown_on_request() -> None:
    things = table()
    assert 104 in things.ids(deleted=True)
    assert 105 in things.ids(archived=True)
    assert things.ids(deleted=True, archived=True) == list(range(110, 100, -1))


def test_a_record_that_was_created_long_ago_takes_its_place_in_the_order() -> None:
    things = table()
    made = things.create({"created_at": timestamp(BEGIN + 2)})
    assert things.ids()[3:6] == [107, made["id"], 106]


def test_absent_fields_have_defaults() -> None:
    made = table().create({"owner": 7})
    assert (made["id"], made["colour"], made["owner"]) == (111, "grey", 7)
    assert made["created_at"] == made["updated_at"] == "2026-01-05T08:00:00.000Z"


def test_an_update_does_not_change_the_old_record() -> None:
    clock = ManualClock()
    things = table(clock)
    before = things.create()
    clock.advance(1)
    after = things.update(before["id"], {"colour": "green"})
    assert (before["colour"], after["colour"]) == ("grey", "green")
    assert after["updated_at"] > before["updated_at"]
    with pytest.raises(KeyError):
        things.update(7, {})


def test_deleting_and_archiving_can_be_taken_back() -> None:
    things = table()
    things.delete(110)
    things.archive(109)
    assert things.ids()[0] == 108
    assert things.restore(110)["deleted_at"] is None
    assert things.ids()[0] == 110


def test_children_follow_a_link_that_changes() -> None:
    things = table()
    owned = [row["id"] for row in things.children("owner", 1)]
    assert owned == [102, 105, 108]
    things.update(102, {"owner": 2})
    made = things.create({"owner": 1})
    assert [row["id"] for row in things.children("owner", 1)] == [105, 108, made["id"]]
    assert 102 in [row["id"] for row in things.children("owner", 2)]
    things.update(102, {"owner": 1})
    assert sorted(row["id"] for row in things.children("owner", 1)) == [102, 105, 108, made["id"]]


def test_records_can_be_deleted_while_they_are_gone_through() -> None:
    things = table()
    gone = [things.delete(record["id"])["id"] for record in things]
    assert gone == [110, 109, 108, 107, 106, 103, 102, 101]
    assert len(things) == 0


def test_uuids_look_random_and_lead_back_to_their_number() -> None:
    names = UuidIds(12345)
    ids = [names.id(number) for number in range(2000)]
    assert len(set(ids)) == 2000
    assert [names.number(each) for each in ids] == list(range(2000))
    assert names.number(ids[7].upper()) == 7
    assert names.number("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee") is None
    assert names.number("x") is None
    assert UuidIds(9).number(ids[7]) is None


def test_an_erased_record_leaves_no_trace() -> None:
    things = table()
    made = things.create({"owner": 1})["id"]
    for gone in (made, 102):
        things.erase(gone)
        assert things.get(gone, deleted=True) is None
        assert gone not in things.ids(deleted=True)
        assert gone not in [row["id"] for row in things.children("owner", 1, deleted=True)]
        with pytest.raises(KeyError):
            things.erase(gone)
    assert things.create()["id"] == made + 1


def test_records_can_be_erased_while_they_are_gone_through() -> None:
    things = table()
    for record in things:
        things.erase(record["id"])
    assert len(things) == 0


def test_lists_go_by_the_key_of_their_order() -> None:
    things = table()
    things.order = lambda record: record["colour"]
    red, blue = [102, 104, 106, 108, 110], [101, 103, 105, 107, 109]
    ids = things.ids(deleted=True, archived=True)
    assert ids == [*reversed(red), *reversed(blue)]
    made = things.create({"colour": "green"})["id"]
    assert things.ids(deleted=True, archived=True) == [*ids[:5], made, *ids[5:]]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 14), st.sampled_from(["paint", "delete", "erase"]))))
def test_a_past_state_equals_the_earlier_table(changes: list[tuple[int, str]]) -> None:
    clock, store = ManualClock(), Store()
    things = table(clock)
    store.history.span = lambda: 1_000.0
    store.add(things)
    states: list[tuple[int, list[Record], list[Record]]] = []
    for place, change in changes:
        states.append((milliseconds(clock), list(things), things.children("owner", 1)))
        clock.advance(1)
        there = things.get(101 + place, deleted=True)
        if there is None:
            things.create({"owner": 1})
        elif change == "paint":
            things.update(there["id"], {"colour": "green", "owner": place % 2})
        elif change == "delete":
            things.delete(there["id"])
        else:
            things.erase(there["id"])
    for moment, everything, children in states:
        past = store.as_of(moment)["things"]
        assert list(past) == everything
        assert past.children("owner", 1) == children


@pytest.mark.parametrize("name", ["created_at", "updated_at"])
@pytest.mark.parametrize("cached", [True, False])
def test_a_view_within_bounds_is_the_view_of_the_same_predicate(name: str, cached: bool) -> None:
    clock = ManualClock()
    made = table(clock)
    made.update(103, {"colour": "red"})
    clock.advance(5)
    made.create({"colour": "grey"})
    times = sorted(parse_moment(row[name]) for row in made)
    edges = [None, *times, times[0] - 1, times[-1] + 1]
    for least in edges:
        for most in edges:
            key = (name, least, most) if cached else None
            view = made.view(None, key, bounds=((name, least, most),))
            wanted = [
                row["id"]
                for row in made
                if (least is None or parse_moment(row[name]) >= least)
                and (most is None or parse_moment(row[name]) <= most)
            ]
            assert [row["id"] for row in made.rows(view)] == wanted
    last = parse_moment(made.get(103)["updated_at"])  # type: ignore[index]  # it exists
    view = made.view(None, "recent", bounds=(("updated_at", last + 1, None),))
    clock.advance(5)
    made.update(104, {"colour": "red", "deleted_at": None})
    made.update(103, {"colour": "grey"})
    assert {103, 104} <= {row["id"] for row in made.rows(view)}


class Changes(RuleBasedStateMachine):
    """Cached views equal new ones after any changes."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.table = table(self.clock)
        self.views = [("red", False), ("red", True), ("grey", False)]

    @initialize()
    def ask(self) -> None:
        for colour, deleted in self.views:
            self.view(colour, deleted)

    def view(self, colour: str, deleted: bool) -> list[Any]:
        view = self.table.view(
            lambda record: record["colour"] == colour, colour, deleted=deleted, archived=False
        )
        return [row["id"] for row in self.table.rows(view)]

    @rule(target=ids, colour=st.sampled_from(["red", "grey"]), later=st.booleans())
    def create(self, colour: str, later: bool) -> Any:
        if later:
            self.clock.advance(1)
        return self.table.create({"colour": colour})["id"]

    @initialize(target=ids)
    def one_seeded(self) -> Any:
        return 106

    @rule(id=ids, colour=st.sampled_from(["red", "grey"]))
    def paint(self, id: Any, colour: str) -> None:
        self.table.update(id, {"colour": colour})

    @rule(id=consumes(ids))
    def delete(self, id: Any) -> None:
        self.table.delete(id)

    @rule(id=ids, archived=st.booleans())
    def hide(self, id: Any, archived: bool) -> None:
        self.table.update(id, {"archived_at": "2026" if archived else None})

    @rule()
    def restore_the_deleted_one(self) -> None:
        self.table.restore(104)

    @invariant()
    def views_are_true(self) -> None:
        every = [self.table.get(each, deleted=True) for each in range(101, 101 + 10 + 60)]
        rows = [row for row in every if row]
        rows.sort(key=lambda row: (row["created_at"], row["id"]), reverse=True)
        for colour, deleted in self.views:
            assert self.view(colour, deleted) == [
                row["id"]
                for row in rows
                if row["colour"] == colour
                and (deleted or row["deleted_at"] is None)
                and row["archived_at"] is None
            ]
        shown = [r["id"] for r in rows if r["deleted_at"] is None and r["archived_at"] is None]
        assert self.table.ids() == shown


TestChanges = Changes.TestCase
TestChanges.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
