"""The stored connection of a user, decrypted with the key in the environment."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from attrs import evolve, frozen

from katana_async.cli.connections import Profile, Profiles, open_profiles
from katana_async.cli.token_key import read_token_key
from katana_async.oauth import SQLTokenStore
from katana_async.oauth.records import ConnectionRecord
from katana_async.oauth.sealing.sealed_rows import SealedRows


@frozen
class StoredConnection:
    """The profile and the tokens of a connection."""

    profile: Profile
    record: ConnectionRecord

    def secrets(self) -> list[str]:
        refresh = self.record.refresh
        assert refresh is not None
        every = (self.record.access, refresh, self.profile.client_secret)
        return [secret.reveal() for secret in every]


def stored_connection(name: str = "default") -> StoredConnection:
    """Return a connection as it is stored."""
    return _change(name, lambda record: record)


def change_record(
    change: Callable[[ConnectionRecord], ConnectionRecord], name: str = "default"
) -> None:
    """Replace the tokens of a connection."""
    _change(name, change)


def expire_access_token(name: str = "default") -> None:
    """Let a connection's access token be older than its life."""
    change_record(lambda record: evolve(record, issued_at=record.issued_at - 10 * 86_400), name)


def _change(name: str, change: Callable[[ConnectionRecord], ConnectionRecord]) -> StoredConnection:
    cipher = read_token_key()

    async def work() -> StoredConnection:
        async with open_profiles(cipher) as profiles:
            found = await profiles.find(name)
            assert found is not None
            profile = found[0]
            rows = SealedRows(_store_of(profiles), cipher, profile.client_id)
            row = await rows.read_connection(name)
            assert row is not None
            record = change(row.record)
            if record is not row.record:
                assert await rows.save_connection(name, row.version + 1, record)
            return StoredConnection(profile, record)

    return asyncio.run(work())


def stored_keys(prefix: str = "") -> list[str]:
    """Return the keys of all rows, except those of logins that go on."""

    async def work() -> list[str]:
        async with open_profiles(read_token_key()) as profiles:
            keys = [key async for key, _ in _store_of(profiles).rows(prefix)]
        return [key for key in keys if "/pending/" not in key]

    return asyncio.run(work())


def _store_of(profiles: Profiles) -> SQLTokenStore:
    return profiles._store


def read_files(directory: Path) -> bytes:
    """Return the content of all files in a directory."""
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
