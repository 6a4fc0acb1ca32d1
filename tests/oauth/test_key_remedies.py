"""The remedies that the errors of rows recommend work."""

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from katana_async.errors import (
    RowMoved,
    RowRolledBack,
    RowTampered,
    RowTruncated,
    UnknownKey,
    UnsealError,
    WrongKey,
)
from katana_async.oauth import Key, KeyRing, KeyRotation, Status
from katana_async.oauth.sealing.keys import new_key
from katana_async.oauth.stores.memory import _StoredRow
from tests.oauth.partner import BROWSER, Partner
from tests.oauth.sealing import MemoryKms, repair_header

START_OVER = "disconnect it, then let the person connect the account again"
ID = "tenant-1"

RING = KeyRing(Key("k-1", b"1" * 32))
SAME_NAME = KeyRing(Key("k-1", b"2" * 32))
OTHER_NAME = KeyRing(Key("k-2", b"2" * 32))


def the_same(row: _StoredRow) -> _StoredRow:
    return row


def older(row: _StoredRow) -> _StoredRow:
    return evolve(row, version=row.version + 1)


def cut(row: _StoredRow) -> _StoredRow:
    return evolve(row, data=row.data[:-1])


def tamper(row: _StoredRow) -> _StoredRow:
    return evolve(row, data=repair_header(row.data[:-20] + b"...." + bytes(16)))


def from_elsewhere(row: _StoredRow) -> _StoredRow:
    return evolve(row, data=b"{}")


Case = tuple[type[UnsealError], KeyRing, Callable[[_StoredRow], _StoredRow]]

CASES: dict[str, Case] = {
    "the key is lost": (UnknownKey, OTHER_NAME, the_same),
    "the key is another one": (WrongKey, SAME_NAME, the_same),
    "a row of a backup": (RowRolledBack, RING, older),
    "a row that was cut": (RowTruncated, RING, cut),
    "a row that was changed": (RowTampered, RING, tamper),
    "a row that is none": (RowTruncated, RING, from_elsewhere),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_row_that_does_not_open_is_disconnected_and_then_connected_again(
    name: str, partner: Partner
) -> None:
    expected, ring, spoil = CASES[name]
    await partner.connect(partner.app(cipher=RING), ID)
    (key,) = (key for key in partner.store._rows if key.endswith(ID))
    partner.store._rows[key] = spoil(partner.store._rows[key])
    app = partner.app(cipher=ring)
    with pytest.raises(expected, match=START_OVER):
        await app.auth(ID).credential()
    with pytest.raises(expected):  # on purpose: a key may be missing on this host only
        await app.begin(session=BROWSER, connection_id=ID)
    await app.disconnect(ID)
    await partner.connect(app, ID)
    assert (await app.connection(ID)).status is Status.CONNECTED
    await app.auth(ID).credential()


async def test_a_row_of_another_connection_is_disconnected_and_then_connected_again(
    partner: Partner,
) -> None:
    app = partner.app(cipher=RING)
    await partner.connect(app, ID)
    await partner.connect(app, "tenant-2")
    rows = partner.store._rows
    one, other = (next(key for key in rows if key.endswith(name)) for name in (ID, "tenant-2"))
    rows[one] = rows[other]
    late = partner.app(cipher=RING)
    with pytest.raises(RowMoved, match=START_OVER):
        await late.auth(ID).credential()
    await late.disconnect(ID)
    await partner.connect(late, ID)
    await late.auth(ID).credential()


async def test_keys_are_changed_as_the_page_says(partner: Partner) -> None:
    page = (Path(__file__).parents[2] / "docs" / "encryption.md").read_text(encoding="utf-8")
    (loop,) = (part for part in page.split("```") if "rotate_keys():" in part)
    await partner.connect(partner.app(cipher=RING), ID)
    app = partner.app(cipher=KeyRing(Key.parse(new_key()), Key("k-1", b"1" * 32)))
    printed: list[object] = []
    names = {"app": app, "print": lambda *told: printed.append(told)}
    lines = "\n    ".join(loop.removeprefix("python\n").splitlines())
    exec(f"async def run():\n    {lines}", names)
    await names["run"]()  # type: ignore[operator]  # the function that was just made
    assert printed == [(1, 0, ())]


async def test_a_kms_that_fails_once_holds_up_no_other_row(partner: Partner) -> None:
    class Failing(MemoryKms):
        wrapped = 0

        async def wrap(self, data_key: bytes, context: bytes) -> bytes:
            self.wrapped += 1
            if self.wrapped == 2:
                raise ConnectionResetError
            return await super().wrap(data_key, context)

    before = partner.app(cipher=RING)
    for number in range(4):
        await partner.connect(before, f"tenant-{number}")
    kms = Failing()
    app = partner.app(cipher=KeyRing(kms, Key("k-1", b"1" * 32)))
    *_, outcome = [progress async for progress in app.rotate_keys()]
    assert (outcome.resealed, outcome.current) == (3, 0)
    ((name, reason),) = outcome.unreadable
    assert "the KMS failed with ConnectionResetError. Nothing was changed" in reason
    await app.auth(name).credential()  # as it was
    *_, outcome = [progress async for progress in app.rotate_keys()]
    assert outcome == KeyRotation(resealed=1, current=3)


async def test_one_who_is_connecting_while_a_key_is_lost_is_to_begin_again(
    partner: Partner,
) -> None:
    app = partner.app(cipher=RING)
    callback = partner.oauth.approve(await app.begin(session="s", connection_id=ID))
    with pytest.raises(UnknownKey, match="let the person begin again") as caught:
        await partner.app(cipher=KeyRing(Key.parse(new_key()))).complete(callback, session="s")
    assert "disconnect" not in str(caught.value)
    assert (await app.complete(callback, session="s")).id == ID  # the row is as it was
