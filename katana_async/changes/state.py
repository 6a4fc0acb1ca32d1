"""The state of a feed, and the cursor that contains it."""

import json
import zlib
from base64 import b64decode, b64encode
from itertools import accumulate, pairwise
from typing import Any, TypeAlias, cast

from attrs import define, field, fields, frozen

from ..errors import CursorRefused

Key: TypeAlias = int | str | tuple[int | str | None, ...]
"""The key of a record: its id, its UUID as text, or a tuple of several fields."""

TOP = 10**15
"""A time after all others, in milliseconds: the year 33658."""
BOTTOM = -(10**15)
"""A time before all others."""
GONE = -1
"""The fingerprint of a record that was found absent."""

_VERSION = 2

_GZIP = 31  # wbits of zlib: gzip has a CRC-32; zlib's Adler-32 is too weak for short texts


@frozen
class Delivery:
    """The newest delivered version of a record. Times are the server's, in milliseconds.

    Attributes:
        updated: Its `updated_at`; for an absent record the time of the read.
        read: It was read at this time or earlier.
        fingerprint: A hash of its contents, or `GONE`.
    """

    updated: int
    read: int
    fingerprint: int


@frozen
class Recheck:
    """A record to read by its key.

    Attributes:
        due: The time of the next read, in milliseconds.
        until: The time from which on a read is certain to show the change.
        swept: Whether a sweep nominated it.
    """

    due: int
    until: int
    swept: bool = False


@define
class FeedState:
    """The contents of a cursor. Times are the server's, in milliseconds.

    Attributes:
        settled_until: Every change before this time was delivered.
        delivered: The deliveries whose `updated_at` or read is not before `settled_until`.
        rechecks: The records to read by their keys.
        read_until: All other deliveries were read at this time or earlier.
        is_first_pass: Whether the snapshot is incomplete.
        sweep_position: The sweep has passed all records created after this time.
        sweep_before: `sweep_position` before the last slice.
        sweep_expected: The number of records below `sweep_position`, by the last slice.
        sweep_count: The records that this sweep has passed.
        sweep_absent: The records of the mirror that this sweep has not found.
        last_count: `sweep_count` at the end of the last sweep.
        last_sweep: The end of the last sweep.
    """

    settled_until: int
    delivered: dict[Key, Delivery] = field(factory=dict[Key, Delivery])
    rechecks: dict[Key, Recheck] = field(factory=dict[Key, Recheck])
    read_until: int = BOTTOM
    is_first_pass: bool = True
    sweep_position: int = TOP
    sweep_before: int = TOP
    sweep_expected: int = 0
    sweep_count: int = 0
    sweep_absent: int = 0
    last_count: int = 0
    last_sweep: int = 0


_SCALARS = tuple(
    each.name for each in fields(FeedState) if each.name not in ("delivered", "rechecks")
)


def write_cursor(state: FeedState, account: int, collection: str) -> str:
    """Return a state as the cursor of an account and a collection.

    The text contains keys and times of the last `overlap`, in columns of differences, so that it
    compresses to about 14 bytes for each.
    """
    base = state.settled_until
    delivered = sorted(state.delivered.items(), key=lambda item: _sort_key(item[0]))
    keys: list[Any] = [key for key, _ in delivered]
    are_ints = all(isinstance(key, int) for key in keys)
    columns = [
        [key - before for before, key in pairwise([0, *keys])] if are_ints else keys,
        [each.updated - base for _, each in delivered],
        [each.read - base for _, each in delivered],
        [each.fingerprint for _, each in delivered],
    ]
    rechecks = [[k, r.due - base, r.until - base, int(r.swept)] for k, r in state.rechecks.items()]
    content = {
        "owner": [account, collection],
        "scalars": [getattr(state, name) for name in _SCALARS],
        "ints": are_ints,
        "delivered": columns,
        "rechecks": rechecks,
    }
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 9, _GZIP)
    return json.dumps(
        {
            "version": _VERSION,
            "account": account,
            "collection": collection,
            "state": b64encode(packed).decode(),
        }
    )


def read_cursor(text: str, account: int, collection: str) -> FeedState:
    """Return the state of a cursor.

    Raises:
        CursorRefused: The text is no cursor, or one of another version, account or collection.
    """
    cursor = _parse(text)
    expected = {"version": _VERSION, "collection": collection, "account": account}
    for name, wanted in expected.items():
        if cursor.get(name) != wanted:
            raise CursorRefused(
                f"the cursor is of {name} {cursor.get(name)!r}, and this feed is of {name}"
                f" {wanted!r}. Start without a cursor to read the collection anew"
            )
    try:
        content = json.loads(zlib.decompress(b64decode(cursor["state"], validate=True), _GZIP))
        if content["owner"] == [account, collection]:
            return _unpack(content)
    except (ValueError, TypeError, KeyError, IndexError, zlib.error):
        pass
    raise CursorRefused("the cursor is damaged: store `batch.cursor` unchanged")


def _parse(text: str) -> dict[str, Any]:
    try:
        found: object = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        found = None
    if isinstance(found, dict) and "state" in found:
        return cast("dict[str, Any]", found)
    raise CursorRefused(
        "the cursor is not a text that `batch.cursor` returned: store that text unchanged, and pass"
        " None to begin with a snapshot"
    )


def _unpack(content: dict[str, Any]) -> FeedState:
    scalars: dict[str, Any] = dict(zip(_SCALARS, content["scalars"], strict=True))
    base: int = scalars["settled_until"]
    keys, *values = content["delivered"]
    restored = list[Key](accumulate(keys)) if content["ints"] else [_key(key) for key in keys]
    return FeedState(
        **scalars,
        delivered={
            key: Delivery(updated + base, read + base, fingerprint)
            for key, updated, read, fingerprint in zip(restored, *values, strict=True)
        },
        rechecks={
            _key(key): Recheck(due + base, until + base, swept=bool(swept))
            for key, due, until, swept in content["rechecks"]
        },
    )


def _key(written: Any) -> Key:
    if isinstance(written, list):
        return tuple(cast("list[int | str | None]", written))
    return cast("Key", written)


def _sort_key(key: Key) -> tuple[int, str]:
    return (key, "") if isinstance(key, int) else (0, str(key))
