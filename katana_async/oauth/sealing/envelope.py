"""How a sealed row is laid out, and what it claims of itself. No I/O, and no keys but a row's own.

    magic            4   "KsR" after a byte that begins no text
    format           1   1
    kind             1   plain, sealed with a local key, or with a key that a wrapper keeps
    length           4   of the whole row
    version          8   of the row
    client          32   SHA-256 of the client id; where the environment has a name, SHA-256 of
                         that digest and the name's
    row             32   SHA-256 of the row's key
    key check       16   derived from the local key; zeros for the other kinds
    name's length    1
    wrapped's length 2
    key's name
    wrapped          the row's own data key, wrapped by the named key
    body             nonce (12), AES-256-GCM ciphertext, tag (16); of a plain row the data
    checksum        16   of all before, SHA-256 cut short

All before the body is the head, which the body's tag covers: once a row is decrypted, what it
claims is proven, and only then compared with where it was found. So "moved" and "rolled back" are
facts, and a head that somebody edited is tampering. The checksum proves nothing: it tells damage
from a wrong key or a KMS that refuses, before either is asked.
"""

import os
import re
import struct
from enum import IntEnum
from hashlib import sha256
from typing import Final

from attrs import field, frozen

from ...errors import RowMoved, RowRolledBack, RowTampered, RowTruncated, UnsealError
from ...http.messages import printable
from .cipher import Binding

MAGIC: Final = b"\x8bKsR"
FORMAT: Final = 1
NO_CHECK: Final = bytes(16)
KEY_SIZE: Final = 32

_HEAD = struct.Struct(">4sBBIQ32s32s16sBH")
_CONTEXT = struct.Struct(">BQ32s32s16sB")
_NONCE = 12
_TAG = 16
_CHECKSUM = 16

# Connecting alone does not do: a row that does not open is not replaced, since it may be that one
# host only lacks the key.
START_OVER: Final = "disconnect it, then let the person connect the account again"

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Kind(IntEnum):
    """What a row is sealed with."""

    PLAIN = 0
    LOCAL = 1
    WRAPPER = 2


@frozen
class Claims:
    """What a row says of itself.

    Attributes:
        kind: What it is sealed with.
        key_name: The key's name; empty in a plain row.
        check: The key's check value.
        client: The digest of the client id and the environment.
        row: The digest of the row's key.
        version: The row's version.
    """

    kind: Kind
    key_name: str
    check: bytes
    client: bytes
    row: bytes
    version: int

    @property
    def context(self) -> bytes:
        """What the row's data key is wrapped for: the same bytes at wrapping and unwrapping."""
        name = self.key_name.encode()
        return (
            b"katana_async row 1\0"
            + _CONTEXT.pack(self.kind, self.version, self.client, self.row, self.check, len(name))
            + name
        )


@frozen
class Envelope:
    """A row taken apart.

    Attributes:
        claims: What it says of itself. Not proven until the body is decrypted.
        wrapped: Its data key, wrapped.
        head: All before the body.
        body: The box of its data, or in a plain row the data.
    """

    claims: Claims
    wrapped: bytes
    head: bytes
    body: bytes = field(repr=False)


def claims_of(binding: Binding, kind: Kind, key_name: str, check: bytes) -> Claims:
    """Return what a row that belongs there says of itself."""
    client, row = _digest(binding.client_id), _digest(binding.key)
    if binding.environment is not None:
        client = sha256(client + _digest(binding.environment)).digest()
    return Claims(kind, key_name, check, client, row, binding.version)


def _digest(text: str) -> bytes:
    # Neither is secret: the row's key is stored beside the row. surrogatepass: any str has one.
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def seal_body(claims: Claims, wrapped: bytes, data_key: bytes, data: bytes) -> bytes:
    """Return a whole row, its data encrypted with its own data key."""
    head = _head(claims, wrapped, _NONCE + len(data) + _TAG)
    return _finish(head, encrypt(data_key, data, head))


def plain_row(claims: Claims, data: bytes) -> bytes:
    """Return a whole row of which nothing is sealed."""
    return _finish(_head(claims, b"", len(data)), data)


def _head(claims: Claims, wrapped: bytes, body_length: int) -> bytes:
    name = claims.key_name.encode()
    pieces = name + wrapped
    return (
        _HEAD.pack(
            MAGIC,
            FORMAT,
            claims.kind,
            _HEAD.size + len(pieces) + body_length + _CHECKSUM,
            claims.version,
            claims.client,
            claims.row,
            claims.check,
            len(name),
            len(wrapped),
        )
        + pieces
    )


def _finish(head: bytes, body: bytes) -> bytes:
    return head + body + checksum(head + body)


def checksum(row: bytes) -> bytes:
    """Return what ends a row. It needs no key: it finds damage, not forgery."""
    return sha256(row).digest()[:_CHECKSUM]


def parse(sealed: bytes, where: str) -> Envelope | UnsealError:
    """Take a row apart.

    Args:
        sealed: Anything.
        where: How the error names the row.

    Returns:
        Its pieces, or the error to raise.
    """
    if sealed[: len(MAGIC)] != MAGIC:
        return RowTruncated(
            f"{where}: the row was cut short, or never sealed: it does not begin as"
            f" katana_async's rows do. Restore it, or {START_OVER}"
        )
    if len(sealed) > len(MAGIC) and sealed[len(MAGIC)] != FORMAT:
        return UnsealError(
            f"{where}: the row is in format {sealed[len(MAGIC)]}, which this version of"
            " katana_async does not know: update that. If the row was changed, restore it, or"
            f" {START_OVER}"
        )
    if len(sealed) < _HEAD.size + _CHECKSUM:
        return _cut(where, f"only {len(sealed)} bytes are left")
    _, _, kind, length, version, client, row, check, of_name, of_wrapped = _HEAD.unpack_from(sealed)
    if len(sealed) != length:
        return _cut(where, f"it has {len(sealed)} bytes of {length}")
    end = len(sealed) - _CHECKSUM
    if checksum(sealed[:end]) != sealed[end:]:
        return tampered(where, "its checksum does not fit")
    start = _HEAD.size + of_name + of_wrapped
    name = sealed[_HEAD.size : _HEAD.size + of_name].decode("latin-1")
    named = NAME.fullmatch(name) if kind else not name
    if kind > max(Kind) or not named or start > end:
        return tampered(where, "its header makes no sense")
    claims = Claims(Kind(kind), name, check, client, row, version)
    wrapped = sealed[_HEAD.size + of_name : start]
    return Envelope(claims, wrapped, sealed[:start], sealed[start:end])


def misplaced(claims: Claims, binding: Binding) -> UnsealError | None:
    """Return the error for a row that is genuine, but does not belong where it was found."""
    where = name_row(binding, claims.key_name)
    due = claims_of(binding, claims.kind, claims.key_name, claims.check)
    if claims.row != due.row:
        return RowMoved(
            f"{where}: the row was sealed for another connection and copied here. Find out who"
            f" writes to the store; restore this row, or {START_OVER}"
        )
    if claims.client != due.client:
        named = "without a name" if binding.environment is None else f"{binding.environment!r}"
        return RowMoved(
            f"{where}: the row was sealed for another client_id than"
            f" {printable(binding.client_id, 100)!r}, or for another environment than the one"
            f" {named}: was the app registered anew, or the row copied from another app's store or"
            f" from another environment, whose connection works there? Restore this app's row, or"
            f" {START_OVER}"
        )
    if claims.version != due.version:
        age = "an older" if claims.version < due.version else "a newer"
        return RowRolledBack(
            f"{where}: the row was sealed as version {claims.version}, {age} one than version"
            f" {due.version}, which is due: a backup was restored in part, or somebody put the row"
            f" back. Its refresh token is probably spent: {START_OVER}"
        )
    return None


def name_row(binding: Binding, key_name: str = "") -> str:
    """Return how an error names a row, and the key that it was sealed with."""
    row = printable(binding.key, 300)
    return f"row {row} (key {key_name!r})" if key_name else f"row {row}"


def tampered(where: str, why: str) -> RowTampered:
    """Return the error for a row that is not as it was sealed."""
    return RowTampered(
        f"{where}: the row was changed since it was sealed: {why}. Find out what writes to the"
        f" store; restore this row, or {START_OVER}"
    )


def _cut(where: str, why: str) -> RowTruncated:
    return RowTruncated(
        f"{where}: the row was cut short, or joined with something else: {why}. Does the column or"
        f" a copy limit its length? Restore it, or {START_OVER}"
    )


def encrypt(key: bytes, data: bytes, associated: bytes) -> bytes:
    """Return a nonce, data encrypted with AES-256-GCM, and the tag over all that goes with it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, associated)


def decrypt(key: bytes, box: bytes, associated: bytes) -> bytes | None:
    """Return what `encrypt` was given, or None when anything differs."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(box) < _NONCE + _TAG:
        return None
    try:
        return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], associated)
    except InvalidTag:
        return None
