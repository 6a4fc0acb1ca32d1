"""`rotate-keys`: all sealed with a new key, and keys dropped that nothing needs any more.

It may be killed anywhere: the new key is written before a row is sealed with it, and an old one is
dropped only while no other process is at work and no row names it.
"""

from typing import Any

from attrs import define, field

from ..errors import KeyUnavailable, UnsealError
from ..oauth.sealing.envelope import parse
from ..oauth.sealing.key_ring import DEFAULT_VARIABLE, KeyRing
from ..oauth.sealing.keys import Key, new_key
from ..secrets import Secret
from .formats import Output, chosen
from .home import Home, Place, claimed, connected
from .keys import InEnvironment, InKeyring, entries, key_place
from .output import show
from .problems import Failed, advised, complain
from .profiles import PREFIX
from .progress import Report, reading
from .running import do, writing
from .storage import changing_keys, kept

_NOTHING = "there are no connections, and so no keys to rotate"


@define
class _Tally:
    """What was sealed anew.

    Attributes:
        resealed: Connections of which something was sealed with another key.
        current: Connections of which everything was sealed with the current one already.
        unreadable: Connections that do not open, and why.
    """

    resealed: set[str] = field(factory=set[str])
    current: set[str] = field(factory=set[str])
    unreadable: dict[str, str] = field(factory=dict[str, str])


def rotate_keys(output: Output | None) -> bool:
    """Seal every connection with a new key.

    With KATANA_TOKEN_KEY: with the first of its keys.

    Returns:
        Whether every one could be.

    Raises:
        Failed: There is nothing to seal, or no key.
    """
    if not kept():
        raise Failed(_NOTHING)
    form = chosen(output)
    # What asks the keyring, or waits for another process, is in no event loop: see `claimed`.
    with claimed() as here:
        assert isinstance(here.cipher, KeyRing)
        place = key_place(here.directory)
        with reading("connections", form) as report:
            tally = do(_reseal(here, here.cipher, report))
            if tally == _Tally():
                raise Failed(_NOTHING)
            # What was sealed with an old key is what a rotation left that was cut off: then this
            # finished it. Otherwise this is a new one.
            if isinstance(place, InKeyring) and not tally.resealed:
                _add_key(place, here)
                tally = do(_reseal(here, here.cipher, report))
        said = _drop(place, here)
    shown: dict[str, Any] = {
        "connections_reencrypted": len(tally.resealed),
        "connections_current": len(tally.current),
        "connections_unreadable": len(tally.unreadable),
        **said,
    }
    with writing():
        show(shown, form)
    for name, reason in tally.unreadable.items():
        complain(f"{name} was not reencrypted: {reason}")
    return not tally.unreadable


def _add_key(place: InKeyring, here: Place) -> None:
    with changing_keys(here.directory):
        text = place.read()
        if text is None:
            raise Failed("the entry of the OS keyring was deleted just now")
        place.write(Secret(f"{new_key()} {text.reveal()}"))


async def _reseal(here: Place, ring: KeyRing, report: Report) -> _Tally:
    await ring.load()  # a key that was added just now is the current one
    tally = _Tally()
    async with here.opened() as home:
        names = await home.names()
        for done, name in enumerate(names, 1):
            try:
                resealed = await _reseal_one(home, name)
            except (UnsealError, KeyUnavailable) as error:
                tally.unreadable[name] = advised(error)
            else:
                (tally.resealed if resealed else tally.current).add(name)
            report(done, len(names))
    return tally


async def _reseal_one(home: Home, name: str) -> bool:
    """Seal a connection's profile and its tokens, and return whether either was not yet."""
    resealed = await home.profiles.reseal(name)
    profile = await home.profiles.read(name)
    if profile is None:
        return resealed
    vault = home.vault(profile)
    while (row := await vault.read_row(name)) is not None and not home.cipher.is_current(row.data):
        if await vault.reseal(name, row):
            return True
    return resealed


def _drop(place: InEnvironment | InKeyring, here: Place) -> dict[str, Any]:
    """Drop the keys that no row needs, or say which they are; return what became of which."""
    alone = here.in_use.alone()
    used = do(_used(here))
    if isinstance(place, InEnvironment):
        keys = place.keys()
        needless = [key.name for key in keys[1:] if _mark(key) not in used]
        if needless:
            names = ", ".join(needless)
            complain(f"no connection needs these keys of {DEFAULT_VARIABLE} any more: {names}")
        return {"keys": [key.name for key in keys], "dropped": []}
    with changing_keys(here.directory):
        text = place.read()
        written = [] if text is None else entries(text)
        kept = written
        if alone:
            # A process that began with the old key may be about to seal with it.
            kept = written[:1] + [entry for entry in written[1:] if _mark(entry[0]) in used]
        elif written[1:]:
            complain(
                "old keys stay, since another katana-async is at work: run this again once it ended"
            )
        if len(kept) < len(written):
            place.write(Secret(" ".join(part.reveal() for _, part in kept)))
    left = [key.name for key, _ in kept]
    return {"keys": left, "dropped": [key.name for key, _ in written if key.name not in left]}


def _mark(key: Key) -> tuple[str, bytes]:
    return key.name, key.check


async def _used(here: Place) -> set[tuple[str, bytes]]:
    """Return which keys connections name. Those of logins that are going on do not last."""
    used: set[tuple[str, bytes]] = set()
    async with here.opened() as home:
        profiles = {PREFIX + name for name in await home.names()}
        async for row_key in home.store.keys(""):
            if row_key not in profiles and connected(row_key) is None:
                continue
            row = await home.store.read(row_key)
            found = None if row is None else parse(row.data, row_key)
            if found is not None and not isinstance(found, UnsealError):
                used.add((found.claims.key_name, found.claims.check))
    return used
