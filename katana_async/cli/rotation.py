"""`rotate-keys`: every row sealed with a new key, and keys dropped that no row needs any more.

It may be killed anywhere: the new key is written before a row is sealed with it, and an old one is
dropped only while no other process is at work and no row names it.
"""

import re
from typing import Any

from attrs import define, field

from ..errors import KeyUnavailable, UnsealError
from ..oauth.connections import rotated
from ..oauth.envelope import parse
from ..oauth.keyring import DEFAULT_VARIABLE, KeyRing
from ..oauth.keys import Key, new_key
from ..oauth.vault import Vault
from ..secrets import Secret
from .home import Home, kept, opened
from .keys import InEnvironment, InKeyring, entries, key_place
from .output import Output, chosen, show
from .problems import Failed, complain
from .progress import Report, reading
from .storage import changing_keys

_SEALED = re.compile(r"[0-9a-f]+/connections/.+|cli/profiles/.+")


@define
class _Tally:
    """What was sealed anew.

    Attributes:
        resealed: Rows that were sealed with another key.
        current: Rows that were sealed with the current one already.
        unreadable: Rows that do not open, and why.
    """

    resealed: int = 0
    current: int = 0
    unreadable: dict[str, str] = field(factory=dict[str, str])


async def rotate_keys(output: Output | None) -> bool:
    """Seal every row with a new key.

    With KATANA_TOKEN_KEY: with the first of its keys.

    Returns:
        Whether every row could be.

    Raises:
        Failed: There is nothing to seal, or no key.
    """
    if not kept():
        raise Failed("there are no connections, and so no keys to rotate")
    form = chosen(output)
    async with opened() as home:
        assert isinstance(home.cipher, KeyRing)
        place = key_place(home.directory)
        with reading("connections", form) as report:
            tally = await _reseal(home, home.cipher, report)
            # Rows that were sealed with an old key are what a rotation left that was cut off:
            # then this finished it. Otherwise this is a new one.
            if isinstance(place, InKeyring) and not tally.resealed:
                _add_key(place, home)
                tally = await _reseal(home, home.cipher, report)
        said = await _drop(place, home)
    shown: dict[str, Any] = {"resealed": tally.resealed, "current": tally.current, **said}
    show(shown, form)
    for name, reason in tally.unreadable.items():
        complain(f"{name} was not sealed anew: {reason}")
    return not tally.unreadable


def _add_key(place: InKeyring, home: Home) -> None:
    with changing_keys(home.directory):
        text = place.read()
        if text is None:
            raise Failed("the entry of the OS keyring was deleted just now")
        place.write(Secret(f"{new_key()} {text.reveal()}"))


async def _reseal(home: Home, ring: KeyRing, report: Report) -> _Tally:
    await ring.load()
    tally = _Tally()
    names = await home.names()
    clients: set[str] = set()
    for name in names:
        try:
            resealed = await home.profiles.reseal(name)
            profile = await home.profiles.read(name)
        except (UnsealError, KeyUnavailable) as error:
            tally.unreadable[name] = str(error)
            continue
        tally.resealed += resealed
        tally.current += not resealed
        if profile is not None:
            clients.add(profile.client_id)
    for client_id in clients:
        before = (tally.resealed, tally.current)
        async for step in rotated(Vault(home.store, ring, client_id)):
            tally.resealed, tally.current = before[0] + step.resealed, before[1] + step.current
            tally.unreadable |= dict(step.unreadable)
            report(tally.resealed + tally.current, 2 * len(names))
    return tally


async def _drop(place: InEnvironment | InKeyring, home: Home) -> dict[str, Any]:
    """Drop the keys that no row needs, or say which they are; return what became of which."""
    alone = home.in_use.alone()
    used = await _used(home)
    if isinstance(place, InEnvironment):
        keys = place.keys()
        needless = [key.name for key in keys[1:] if _mark(key) not in used]
        if needless:
            names = ", ".join(needless)
            complain(f"no connection needs these keys of {DEFAULT_VARIABLE} any more: {names}")
        return {"keys": [key.name for key in keys], "dropped": []}
    with changing_keys(home.directory):
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


async def _used(home: Home) -> set[tuple[str, bytes]]:
    """Return which keys rows name. Those of logins that are going on do not last."""
    used: set[tuple[str, bytes]] = set()
    async for row_key in home.store.keys(""):
        if not _SEALED.fullmatch(row_key):
            continue
        row = await home.store.read(row_key)
        found = None if row is None else parse(row.data, row_key)
        if found is not None and not isinstance(found, UnsealError):
            used.add((found.claims.key_name, found.claims.check))
    return used
