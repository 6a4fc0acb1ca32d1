"""The format of sealed rows, and the place in a store that a row is bound to. No I/O.

    magic            4   "KsR" after a byte that begins no text
    format           1   1
    kind             1   plain, sealed with a local key, or with a key in a KMS
    length           4   of the whole row
    version          8   of the row
    client          32   SHA-256 of the client id; if the environment has a name, SHA-256 of that
                         digest and the name's digest
    row             32   SHA-256 of the row's key in the store
    key check       16   derived from the local key; zeros for the other kinds
    name length      1
    wrapped length   2
    key name
    wrapped          the row's data key, wrapped with the named key
    body             nonce (12), AES-256-GCM ciphertext, tag (16); the data of a plain row
    checksum        16   the first bytes of SHA-256 over the rest

The tag of the body covers the header, which is everything before it. Only a header that decryption
has proven is compared with the row's place in the store, so an edited header is tampering. The
checksum is no proof: it distinguishes damage from a wrong key or a refusal by the KMS.
"""

import os
import re
import struct
from enum import IntEnum
from hashlib import sha256
from typing import Final

from attrs import field, frozen, validators

from ...errors import RowMoved, RowRolledBack, RowTampered, RowTruncated, UnsealError
from ...http.messages import printable

MAGIC: Final = b"\x8bKsR"
FORMAT: Final = 1
NO_KEY_CHECK: Final = bytes(16)
KEY_SIZE: Final = 32

_HEADER = struct.Struct(">4sBBIQ32s32s16sBH")
_CONTEXT = struct.Struct(">BQ32s32s16sB")
_NONCE = 12
_TAG = 16
_CHECKSUM = 16

# `begin` does not replace a row that does not open, because another host may have the key.
START_OVER: Final = "disconnect it, then let the person connect the account again"

KEY_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


@frozen
class Binding:
    """The place that a row is sealed for: an app, a key in its store, and a version.

    The row opens only in the same place.

    Attributes:
        client_id: The app's client id.
        key: The row's key in the store.
        version: The row's version.
        environment: The app's environment, such as `staging`; None if it has no name.
    """

    client_id: str
    key: str
    version: int = field(validator=[validators.ge(0), validators.lt(2**64)])
    environment: str | None = None


class RowKind(IntEnum):
    PLAIN = 0
    LOCAL = 1
    WRAPPER = 2


@frozen
class Claims:
    """The header's statements about the key and the place of a row: see the module's docstring."""

    kind: RowKind
    key_name: str
    check: bytes
    client: bytes
    row: bytes
    version: int

    @property
    def context(self) -> bytes:
        """Additional data for wrapping the data key; unwrapping needs the same bytes."""
        name = self.key_name.encode()
        place = self.kind, self.version, self.client, self.row, self.check
        return b"katana_async row 1\0" + _CONTEXT.pack(*place, len(name)) + name


@frozen
class Envelope:
    claims: Claims  # proven only once the body is decrypted
    wrapped: bytes
    header: bytes  # all bytes before the body
    body: bytes = field(repr=False)


def make_claims(binding: Binding, kind: RowKind, key_name: str, check: bytes) -> Claims:
    client, row = _digest(binding.client_id), _digest(binding.key)
    if binding.environment is not None:
        client = sha256(client + _digest(binding.environment)).digest()
    return Claims(kind, key_name, check, client, row, binding.version)


def _digest(text: str) -> bytes:
    # Digests of public values, for a fixed length. With surrogatepass, every str can be encoded.
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def make_row(claims: Claims, data: bytes, *, data_key: bytes = b"", wrapped: bytes = b"") -> bytes:
    """Return a row; without a data key, its data is not encrypted."""
    name = claims.key_name.encode()
    body_length = len(data) + (_NONCE + _TAG if data_key else 0)
    length = _HEADER.size + len(name) + len(wrapped) + body_length + _CHECKSUM
    place = claims.version, claims.client, claims.row, claims.check
    start = _HEADER.pack(MAGIC, FORMAT, claims.kind, length, *place, len(name), len(wrapped))
    header = start + name + wrapped
    row = header + (encrypt(data_key, data, header) if data_key else data)
    return row + checksum(row)


def checksum(row: bytes) -> bytes:
    return sha256(row).digest()[:_CHECKSUM]


def parse(sealed: bytes, where: str) -> Envelope:
    """Return the parts of a row of any origin, or raise UnsealError with a text after `where`."""
    magic, row_format, kind, length, version, client, row, check, name_length, wrapped_length = (
        _HEADER.unpack_from(sealed.ljust(_HEADER.size, b"\0"))
    )
    if magic != MAGIC:
        raise RowTruncated(
            f"{where}: the row was cut short, or never sealed: it does not begin like a row of"
            f" katana_async. Restore it, or {START_OVER}"
        )
    if row_format != FORMAT and len(sealed) > len(MAGIC):
        raise UnsealError(
            f"{where}: the row is in format {row_format}, which this version of katana_async does"
            f" not support: update it. If the row was changed, restore it, or {START_OVER}"
        )
    if len(sealed) != length:
        raise RowTruncated(
            f"{where}: the row was cut short, or joined with something else: it has {len(sealed)}"
            f" bytes of {length}. Does the column or a copy limit its length? Restore it, or"
            f" {START_OVER}"
        )
    end = len(sealed) - _CHECKSUM
    if checksum(sealed[:end]) != sealed[end:]:
        raise make_tampering_error(where, "its checksum does not match")
    start = _HEADER.size + name_length + wrapped_length
    name = sealed[_HEADER.size : _HEADER.size + name_length].decode("latin-1")
    is_valid_name = KEY_NAME.fullmatch(name) if kind != RowKind.PLAIN else not name
    if kind > max(RowKind) or not is_valid_name or start > end:
        raise make_tampering_error(where, "its header is invalid")
    claims = Claims(RowKind(kind), name, check, client, row, version)
    wrapped = sealed[_HEADER.size + name_length : start]
    return Envelope(claims, wrapped, sealed[:start], sealed[start:end])


def check_place(claims: Claims, binding: Binding) -> None:
    """Raise RowMoved or RowRolledBack if a genuine row belongs to another place."""
    where = describe_row(binding, claims.key_name)
    expected = make_claims(binding, claims.kind, claims.key_name, claims.check)
    if claims.row != expected.row:
        raise RowMoved(
            f"{where}: the row was sealed for another connection and copied here. Find out what"
            f" writes to the store; restore this row, or {START_OVER}"
        )
    if claims.client != expected.client:
        named = "without a name" if binding.environment is None else f"{binding.environment!r}"
        raise RowMoved(
            f"{where}: the row was sealed for another client_id than"
            f" {printable(binding.client_id, 100)!r}, or for another environment than the one"
            f" {named}: was the app registered anew, or the row copied from another store? Restore"
            f" this app's row, or {START_OVER}"
        )
    if claims.version != expected.version:
        age = "an older" if claims.version < expected.version else "a newer"
        raise RowRolledBack(
            f"{where}: the row was sealed as version {claims.version}, {age} one than version"
            f" {expected.version}, which is expected: a backup was restored in part, or the row was"
            f" put back. Its refresh token is probably spent: {START_OVER}"
        )


def describe_row(binding: Binding, key_name: str = "") -> str:
    row = printable(binding.key, 300)
    return f"row {row} (key {key_name!r})" if key_name else f"row {row}"


def make_tampering_error(where: str, why: str) -> RowTampered:
    return RowTampered(
        f"{where}: the row was changed since it was sealed: {why}. Find out what writes to the"
        f" store; restore this row, or {START_OVER}"
    )


def encrypt(key: bytes, data: bytes, associated: bytes) -> bytes:
    """Encrypt with AES-256-GCM, and return the nonce, the ciphertext and the tag."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, associated)


def decrypt(key: bytes, encrypted: bytes, associated: bytes) -> bytes | None:
    """Decrypt what `encrypt` returned; return None if the key or any byte differs."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(encrypted) < _NONCE + _TAG:
        return None
    try:
        return AESGCM(key).decrypt(encrypted[:_NONCE], encrypted[_NONCE:], associated)
    except InvalidTag:
        return None
