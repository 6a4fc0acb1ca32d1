"""What the command has kept on this machine, as only someone with the key can see it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from attrs import evolve, frozen

from katana_async.cli.home import Place, claimed
from katana_async.cli.profiles import Profile
from katana_async.oauth.records import ConnectionRecord


@frozen
class Kept:
    """A connection, opened."""

    profile: Profile
    record: ConnectionRecord

    def secrets(self) -> list[str]:
        refresh = self.record.refresh
        assert refresh is not None
        every = (self.record.access, refresh, self.profile.client_secret)
        return [secret.reveal() for secret in every]


def kept(name: str = "default") -> Kept:
    """Open a connection."""

    async def read(place: Place) -> Kept:
        async with place.opened() as home:
            profile = await home.profiles.read(name)
            assert profile is not None
            row = await home.vault(profile).read_connection(name)
            assert row is not None
            return Kept(profile, row.record)

    with claimed() as place:
        return asyncio.run(read(place))


def change(how: Callable[[ConnectionRecord], ConnectionRecord], name: str = "default") -> None:
    """Change a connection's record."""

    async def write(place: Place) -> None:
        async with place.opened() as home:
            profile = await home.profiles.read(name)
            assert profile is not None
            vault = home.vault(profile)
            row = await vault.read_connection(name)
            assert row is not None
            assert await vault.save_connection(name, row.version + 1, how(row.record))

    with claimed() as place:
        asyncio.run(write(place))


def let_it_end(name: str = "default") -> None:
    """Let a connection's access token have ended long ago, by what the row says."""
    change(lambda record: evolve(record, issued_at=record.issued_at - 10 * 86_400), name)


def content(directory: Path) -> bytes:
    """Return every byte of the files in a directory."""
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
