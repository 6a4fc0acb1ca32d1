"""Sealed rows: damage, forgery and every other fault raise the right error."""

import asyncio
import hmac
import logging
import struct
from collections.abc import Callable
from hashlib import sha256

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings, strategies as st

from katana_async.errors import (
    RowMoved,
    RowRolledBack,
    RowTampered,
    RowTruncated,
    UnknownKey,
    UnsealError,
    WrongKey,
)
from katana_async.oauth.sealing.cipher import Cipher, InsecurePlaintext
from katana_async.oauth.sealing.envelope import Binding, parse
from katana_async.oauth.sealing.key_ring import KeyRing
from katana_async.oauth.sealing.keys import Key
from tests.oauth.sealing import (
    DATA,
    HERE,
    KEY,
    MemoryKms,
    open_error,
    open_row,
    repair_header,
    run,
    seal,
)

START_OVER = "disconnect it, then let the person connect the account again"

OTHER = Key("k-other", bytes(range(32, 64)))
RING = KeyRing(KEY)
KMS_KEY = MemoryKms()
KMS = KeyRing(KMS_KEY)
PLAIN = InsecurePlaintext()
MIGRATING = KeyRing(KEY).accepting_plaintext()

KEYED = pytest.mark.parametrize("cipher", [RING, KMS], ids=["local", "kms"])
ALL = pytest.mark.parametrize("cipher", [RING, KMS, PLAIN], ids=["local", "kms", "plain"])

# Rows of this format have been written. They must open for ever: if this fails, the format changed.
KNOWN_ROW = bytes.fromhex(
    "8b4b735201010000010600000000000000075704de18fc6045e4d08c3a261162795689ba6a038396"
    "4109350f8fad3c4ad9727e62af46548f2bbb37640d008acbf5d3c6e7186e4d2ce05232d5eb8206d7"
    "cf80eba177fe623ab7c81ed293faa8077cdf07005c6b2d6b6e6f776eff2063e7fad712dce8287064"
    "68aee8273dda01e472364932cfccff4acb6309bb923a299a3cf335437abcfbae10eac58f75f4dd3c"
    "023dc00d417188d0065536196625379ad2822952feada6fcabd73aaf806f665dc983abbb4c34a5de"
    "54b8d0ae8f5ff0ca00d9d73dc8fbf78a795b1783b9c2d618310ec986d046065a41cf7463a873eff9"
    "348b6d450bdb9c822513799a7cc7e4f6f24a479652d8"
)
KNOWN_PLAIN_ROW = bytes.fromhex(
    "8b4b735201000000008700000000000000075704de18fc6045e4d08c3a261162795689ba6a038396"
    "4109350f8fad3c4ad9727e62af46548f2bbb37640d008acbf5d3c6e7186e4d2ce05232d5eb8206d7"
    "cf80000000000000000000000000000000000000007b22616363657373223a22746f6b656e227ddf"
    "d8af928ea202ed87e37f328993dec3"
)


@ALL
@given(st.binary(max_size=300) | st.just(b"x" * 61_440))
@settings(deadline=None)
def test_a_sealed_row_opens(cipher: Cipher, data: bytes) -> None:
    assert open_row(cipher, seal(cipher, data)) == data


@given(st.text(), st.text(), st.integers(0, 2**64 - 1))
def test_any_client_key_and_version_can_be_bound(client: str, key: str, version: int) -> None:
    here = Binding(client, key, version)
    assert open_row(RING, seal(RING, DATA, here), here) == DATA


@pytest.mark.parametrize("version", [-1, 2**64])
def test_an_impossible_version_is_refused(version: int) -> None:
    with pytest.raises(ValueError, match="version"):
        Binding("client", "key", version)


@KEYED
def test_a_sealed_row_is_unique_and_hides_its_data(cipher: Cipher) -> None:
    rows = {seal(cipher) for _ in range(20)}
    assert len(rows) == 20
    assert not any(b"token" in row for row in rows)


@ALL
def test_the_ciphers_implement_cipher(cipher: Cipher) -> None:
    assert isinstance(cipher, Cipher)


# Rows that were changed


@ALL
def test_damage_to_any_byte_is_detected(cipher: Cipher) -> None:
    row = seal(cipher)
    for place in range(len(row)):
        changed = row[:place] + bytes([row[place] ^ 1 << place % 8]) + row[place + 1 :]
        assert type(open_error(cipher, changed)) in {UnsealError, RowTampered, RowTruncated}


@KEYED
def test_forgery_of_any_byte_is_detected(cipher: Cipher) -> None:
    row = seal(cipher)
    for place in range(len(row) - 16):
        changed = repair_header(
            row[:place] + bytes([row[place] ^ 1 << place % 8]) + row[place + 1 :]
        )
        if changed != row:  # the length, which mends itself
            open_error(cipher, changed)


@KEYED
@given(at=st.integers(0, 10_000), size=st.integers(0, 40), by=st.binary(max_size=40))
def test_forgery_of_any_part_is_detected(cipher: Cipher, at: int, size: int, by: bytes) -> None:
    row = seal(cipher)
    at %= len(row) - 16
    changed = repair_header(row[:at] + by + row[at + size :] + bytes(16))
    if changed != row:
        open_error(cipher, changed)


@ALL
@given(st.binary(min_size=1, max_size=50))
def test_an_extended_row_is_refused(cipher: Cipher, more: bytes) -> None:
    assert isinstance(open_error(cipher, seal(cipher) + more), RowTruncated)


@ALL
def test_a_truncated_row_is_refused(cipher: Cipher) -> None:
    row = seal(cipher)
    for length in range(len(row)):
        error = open_error(cipher, row[:length])
        assert type(error) is RowTruncated
        assert "customer-42" in str(error)
        assert "cut short" in str(error)


@KEYED
@given(st.lists(st.booleans(), min_size=6, max_size=6))
def test_a_mix_of_two_rows_is_refused(cipher: Cipher, choice: list[bool]) -> None:
    rows = seal(cipher, b"one" * 6), seal(cipher, b"two" * 6)
    name_ends = 101 + rows[0][98]
    (wrapped_length,) = struct.unpack(">H", rows[0][99:101])
    body = name_ends + wrapped_length
    cuts = [0, 98, name_ends, name_ends + 32, body, body + 12, len(rows[0])]
    pieces = [
        rows[other][start:end]
        for other, start, end in zip(choice, cuts[:-1], cuts[1:], strict=True)
    ]
    mixed = repair_header(b"".join(pieces))
    if mixed not in rows:
        assert isinstance(open_error(cipher, mixed), RowTampered)


@ALL
@given(st.binary(max_size=400), st.sampled_from([b"", b"\x8bKsR", b"\x8bKsR\1", b"\x8bKsR\1\1"]))
def test_arbitrary_bytes_are_refused_and_are_not_current(
    cipher: Cipher, rest: bytes, beginning: bytes
) -> None:
    row = beginning + rest
    open_error(cipher, row)
    assert not cipher.is_current(row)
    if len(row) > 26:
        open_error(cipher, repair_header(row))
        cipher.is_current(repair_header(row))


# Each error


def test_the_error_for_an_unknown_key_names_it_and_the_rings_keys() -> None:
    error = open_error(KeyRing(OTHER), seal(RING))
    assert type(error) is UnknownKey
    assert error.key_name == "k-known"
    for part in ("customer-42", "'k-known'", "only 'k-other'", "Put that key back, behind"):
        assert part in str(error)
    assert f"is lost, {START_OVER}" in str(error)


def test_another_key_of_the_same_name_is_a_wrong_key() -> None:
    ring = KeyRing(Key("k-known", bytes(32)))
    error = open_error(ring, seal(RING))
    assert type(error) is WrongKey
    assert error.key_name == "k-known"
    assert "customer-42: the row was sealed with the key 'k-known'" in str(error)
    assert "has another of that name" in str(error)
    assert "Put that key back" in str(error)
    assert f"is lost, {START_OVER}" in str(error)
    assert not ring.is_current(seal(RING))


def test_a_key_that_was_given_another_name_opens_its_rows() -> None:
    row = seal(KeyRing(Key("k-known", bytes(32))))
    ring = KeyRing(KEY, Key("k-renamed", bytes(32)))
    assert open_row(ring, row) == DATA
    assert not KeyRing(Key("k-renamed", bytes(32))).is_current(row)
    renamed_kms = KeyRing(evolve(KMS_KEY, name="kms-2"))
    assert type(open_error(renamed_kms, seal(KMS))) is UnknownKey


def test_a_local_key_and_a_kms_key_of_one_name_differ() -> None:
    kms = KeyRing(MemoryKms("k-known"))
    assert type(open_error(kms, seal(RING))) is WrongKey
    assert type(open_error(RING, seal(kms))) is WrongKey


@ALL
def test_a_row_of_another_connection_is_moved(cipher: Cipher) -> None:
    there = evolve(HERE, key="ab12/connections/customer-43")
    error = open_error(cipher, seal(cipher), there)
    assert type(error) is RowMoved
    assert "customer-43" in str(error)
    assert "sealed for another connection" in str(error)


@ALL
def test_a_row_of_another_client_is_moved(cipher: Cipher) -> None:
    error = open_error(cipher, seal(cipher), evolve(HERE, client_id="client-2"))
    assert type(error) is RowMoved
    assert "another client_id than 'client-2'" in str(error)
    assert START_OVER in str(error)


@ALL
@pytest.mark.parametrize(("due", "age"), [(8, "an older"), (6, "a newer")])
def test_a_row_of_another_version_is_rolled_back(cipher: Cipher, due: int, age: str) -> None:
    error = open_error(cipher, seal(cipher), evolve(HERE, version=due))
    assert type(error) is RowRolledBack
    assert f"version 7, {age} one than version {due}" in str(error)
    assert "customer-42" in str(error)
    assert "backup" in str(error)


HEADERS: dict[str, Callable[[bytes], bytes]] = {
    "version": lambda row: row[:10] + struct.pack(">Q", 8) + row[18:],
    "client": lambda row: row[:18] + sha256(b"client-2").digest() + row[50:],
    "connection": lambda row: row[:50] + sha256(b"ab12/connections/evil").digest() + row[82:],
}


@KEYED
@pytest.mark.parametrize("field", HEADERS)
def test_a_moved_row_with_an_adapted_header_is_tampered(cipher: Cipher, field: str) -> None:
    there = {
        "version": evolve(HERE, version=8),
        "client": evolve(HERE, client_id="client-2"),
        "connection": evolve(HERE, key="ab12/connections/evil"),
    }[field]
    row = seal(cipher)
    assert type(open_error(cipher, row, there)) in {RowMoved, RowRolledBack}
    error = open_error(cipher, repair_header(HEADERS[field](row)), there)
    assert type(error) is RowTampered
    assert "the row was changed since it was sealed" in str(error)


def test_a_changed_row_names_its_key() -> None:
    row = seal(RING)
    error = open_error(RING, repair_header(row[:-20] + b"...." + bytes(16)))
    assert type(error) is RowTampered
    assert "customer-42 (key 'k-known')" in str(error)


def test_a_row_of_a_later_format_asks_for_an_update() -> None:
    row = seal(RING)
    error = open_error(RING, row[:4] + b"\2" + row[5:])
    assert type(error) is UnsealError
    assert "format 2" in str(error)
    assert "update it" in str(error)
    assert START_OVER in str(error)


@pytest.mark.parametrize("row", [b"", b'{"access": "token"}', b"\0" * 300])
def test_other_bytes_were_never_sealed(row: bytes) -> None:
    error = open_error(RING, row)
    assert type(error) is RowTruncated
    assert "never sealed" in str(error)


# Rows in plain text


def test_a_parsed_row_hides_its_data() -> None:
    assert DATA.decode() not in repr(parse(seal(PLAIN), ""))


def test_a_key_ring_refuses_a_plain_row() -> None:
    error = open_error(RING, seal(PLAIN))
    assert type(error) is RowTruncated
    assert "never sealed: InsecurePlaintext wrote it" in str(error)
    assert "accepting_plaintext()" in str(error)
    assert START_OVER in str(error)


def test_a_ring_that_accepts_plaintext_opens_a_plain_row_at_its_place() -> None:
    row = seal(PLAIN)
    assert open_row(MIGRATING, row) == DATA
    assert not MIGRATING.is_current(row)
    assert type(open_error(MIGRATING, row, evolve(HERE, version=8))) is RowRolledBack
    assert MIGRATING.is_current(seal(MIGRATING))


def test_the_ring_that_accepts_plaintext_is_another_one() -> None:
    ring = KeyRing(KEY)
    ring.accepting_plaintext()
    assert type(open_error(ring, seal(PLAIN))) is RowTruncated


def test_insecure_plaintext_names_the_key_of_a_sealed_row() -> None:
    error = open_error(PLAIN, seal(RING))
    assert type(error) is UnknownKey
    assert error.key_name == "k-known"
    assert not PLAIN.is_current(seal(RING))
    assert PLAIN.is_current(seal(PLAIN))


def test_insecure_plaintext_warns(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        InsecurePlaintext()
    (record,) = caplog.records
    assert "stores tokens unencrypted" in record.getMessage()


# The format


def test_rows_of_earlier_versions_open() -> None:
    assert open_row(RING, KNOWN_ROW) == DATA
    assert open_row(PLAIN, KNOWN_PLAIN_ROW) == DATA
    assert seal(PLAIN) == KNOWN_PLAIN_ROW


def test_the_format_is_as_documented() -> None:
    """Open one without any of the code that sealed it, by the page and by RFC 5869."""

    def hkdf(salt: bytes, info: bytes) -> bytes:
        key = hmac.digest(salt or bytes(32), bytes(range(32)), sha256)
        return hmac.digest(key, info + b"\1", sha256)

    row = seal(RING)
    magic, version, kind, length = struct.unpack(">4sBBI", row[:10])
    assert (magic, version, kind, length) == (b"\x8bKsR", 1, 1, len(row))
    assert row[10:18] == struct.pack(">Q", 7)
    assert row[18:82] == sha256(b"client-1").digest() + sha256(HERE.key.encode()).digest()
    assert row[82:98] == hkdf(b"", b"katana_async key check 1")[:16]
    assert row[98:101] == struct.pack(">BH", 7, 92)
    assert row[101:108] == b"k-known"
    wrapped, body = row[108:200], row[200:-16]
    assert row[-16:] == sha256(row[:-16]).digest()[:16]
    context = b"katana_async row 1\0" + row[5:6] + row[10:98] + row[98:99] + row[101:108]
    wrapping = hkdf(wrapped[:32], b"katana_async wrap 1")
    data_key = AESGCM(wrapping).decrypt(wrapped[32:44], wrapped[44:], context)
    assert AESGCM(data_key).decrypt(body[:12], body[12:], row[:200]) == DATA


async def test_many_rows_concurrently() -> None:
    rows = await asyncio.gather(*(RING.seal(b"%d" % n, HERE) for n in range(100)))
    found = await asyncio.gather(*(RING.open(row, HERE) for row in rows))
    assert found == [b"%d" % n for n in range(100)]


def test_sealing_needs_no_loop() -> None:
    assert run(RING.open(run(RING.seal(DATA, HERE)), HERE)) == DATA
