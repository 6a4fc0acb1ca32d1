"""`login`: connects a person's account, with the browser and a receiver on this machine."""

import asyncio
import os
import secrets
import sys
from pathlib import Path

import typer
from attrs import evolve, frozen
from yarl import URL

from ..errors import (
    CallbackError,
    KatanaError,
    OtherBrowser,
    StateUnknown,
    UnsealError,
)
from ..http.session import BASE_URL
from ..oauth.app import OAuthApp
from ..oauth.connect.connections import Completed
from ..secrets import Secret
from . import loopback_pages
from .accounts import record_of
from .browser import show_in_browser
from .formats import Output, chosen
from .home import Place, claimed
from .loopback import Receiver, receiving
from .output import Record, show
from .problems import Failed, UsageProblem, advised, command_for
from .profiled import ProfiledStore
from .profiles import LOGIN_URL, Profile
from .running import do, writing

DEFAULT_PORT = 8642
SECRET_VARIABLE = "KATANA_CLIENT_SECRET"  # noqa: S105 - the name of a variable

_GRACE = 60.0  # seconds by which the state outlives the wait for it


@frozen(kw_only=True)
class Asked:
    """What a login was asked for; None where the last login says it, or the default does.

    Attributes:
        name: What the connection is called.
        client_id: The app.
        secret_file: Where its secret is.
        login_url: The authorization server.
        api_url: The API.
        port: Where the browser comes back to; 0 for any that is free.
        browser: Whether to open one.
        timeout: Seconds for the person to approve.
    """

    name: str
    client_id: str | None
    secret_file: Path | None
    login_url: str | None
    api_url: str | None
    port: int | None
    browser: bool
    timeout: float


def log_in(asked: Asked, output: Output | None) -> None:
    """Connect an account and write whose it is.

    Raises:
        UsageProblem: What is asked for contradicts itself, or the port is taken.
        Failed: Something is missing, or nobody approved in time.
        KatanaError: It was not connected, and why.
    """
    with claimed(create=True) as place:
        # In two parts, since what is missing is asked for in between, and no prompt may be in an
        # event loop: that takes Ctrl-C for itself.
        before = do(_before(place, asked.name))
        profile = _profile(asked, before)
        record = do(_connected(place, asked, profile))
    with writing():
        show(record, chosen(output))


async def _before(place: Place, name: str) -> Profile | None:
    """Return what the connection was made with, if there is one."""
    async with place.opened() as home:
        if name not in await home.names():
            return None
        try:
            profile = await home.profiles.read(name)
            # An app that is not its row's: it is of no connection either.
            if profile is None or await home.vault(profile).read_connection(name) is None:
                return None
        except UnsealError as error:
            forget = command_for("logout --force", name)
            problem = f"{advised(error)}. If that cannot be, forget it: {forget}"
        else:
            return profile
    raise Failed(problem)


def _profile(asked: Asked, before: Profile | None) -> Profile:
    """Return what to connect with: as asked, else as before, else as at Katana.

    Raises:
        UsageProblem: It would be another app or server than the connection is of.
        Failed: The client id or its secret is missing.
    """
    client_id = asked.client_id or (before and before.client_id)
    if not client_id:
        raise Failed("which app? Set KATANA_CLIENT_ID, or use --client-id")
    login_url = asked.login_url or (before.login_url if before else LOGIN_URL)
    api_url = asked.api_url or (before.api_url if before else BASE_URL)
    if (login_url == LOGIN_URL) != (URL(api_url).origin() == URL(BASE_URL).origin()):
        raise UsageProblem(
            f"tokens of {login_url} are not for {api_url}: set both KATANA_LOGIN_URL and"
            " KATANA_BASE_URL, or none"
        )
    if before is not None:
        wanted = (client_id, login_url, URL(api_url).origin())
        if wanted != (before.client_id, before.login_url, URL(before.api_url).origin()):
            raise UsageProblem(
                f"connection {asked.name} is of the app {before.client_id} at {before.login_url}:"
                f" use another name with --name, or first {command_for('logout', asked.name)}"
            )
    port = asked.port
    if port is None:
        port = DEFAULT_PORT if before is None else before.redirect_port
    return Profile(
        client_id=client_id,
        client_secret=_client_secret(asked.secret_file, before),
        redirect_uri="",
        redirect_port=port,
        login_url=login_url,
        api_url=api_url,
    )


def _client_secret(file: Path | None, before: Profile | None) -> Secret:
    if file is not None:
        return _secret_in(file)
    given = Secret(os.environ.get(SECRET_VARIABLE, "").strip())
    if given:
        return given
    if before is not None:
        return before.client_secret
    if sys.stdin.isatty():
        asked = Secret(typer.prompt("Client secret", hide_input=True, err=True).strip())
        if asked:
            return asked
    raise Failed(f"the app's secret is missing: set {SECRET_VARIABLE}, or use --client-secret-file")


def _secret_in(file: Path) -> Secret:
    try:
        secret = Secret(file.read_text(encoding="utf-8").strip())
        problem = "is empty"
    except UnicodeDecodeError:
        secret, problem = Secret(""), "is not text"
    except OSError as error:
        secret, problem = Secret(""), f"cannot be read: {error.strerror}"
    if not secret:
        raise Failed(f"the file {file} with the app's secret {problem}")
    return secret


async def _connected(place: Place, asked: Asked, profile: Profile) -> Record:
    async with place.opened() as home, receiving(profile.redirect_port) as receiver:
        profile = evolve(profile, redirect_uri=receiver.redirect_uri)
        row = home.vault(profile).connection_key(asked.name)
        store = ProfiledStore(home.new_store(), home.profiles, asked.name, row, profile)
        session = secrets.token_urlsafe(32)
        async with profile.app(store, home.cipher, state_life=asked.timeout + _GRACE) as app:
            url = await app.begin(session=session, connection_id=asked.name)
            show_in_browser(url, receiver.port, browser=asked.browser)
            connection = await _answered(app, receiver, session, asked.timeout)
    return record_of(connection, profile)


async def _answered(app: OAuthApp, receiver: Receiver, session: str, timeout: float) -> Completed:
    """Take the first callback that is this login's."""
    until = asyncio.get_running_loop().time() + timeout
    while True:
        try:
            async with asyncio.timeout_at(until):
                callback = await receiver.next()
        except TimeoutError:
            callback = None
        if callback is None:
            raise Failed(f"nobody approved the connection within {timeout:g} s")
        try:
            connection = await app.complete(f"?{callback.query}", session=session)
        except KatanaError as error:
            if _is_a_strangers(error):
                callback.answer(loopback_pages.NOT_OURS)
                continue
            callback.answer(loopback_pages.FAILED)
            raise
        except asyncio.CancelledError:
            # Tokens that are on their way are stored all the same.
            callback.answer(loopback_pages.STOPPED)
            raise
        callback.answer(loopback_pages.CONNECTED)
        return connection


def _is_a_strangers(error: KatanaError) -> bool:
    """Tell whether a callback came without our state: any page can make a browser send that."""
    return isinstance(error, StateUnknown | OtherBrowser) or type(error) is CallbackError
