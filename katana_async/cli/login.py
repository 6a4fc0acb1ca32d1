"""`login`: connect the user's account with the browser."""

import asyncio
import os
import secrets
import sys
from pathlib import Path

import click
from attrs import frozen
from msgspec.structs import replace
from yarl import URL

from ..errors import CallbackError, KatanaError, OtherBrowser, StateUnknown
from ..http.session import BASE_URL
from ..oauth import Completed, KeyRing
from ..secrets import Secret
from .browser import HOST, PATH, receive_callback, show_login_page
from .columns import Record
from .connections import LOGIN_URL, Profile, connection_record, open_profiles
from .errors import Failed, UsageError, usage_errors
from .options import Output
from .output import show
from .runner import run_async
from .token_key import read_token_key

DEFAULT_PORT = 8642
SECRET_VARIABLE = "KATANA_CLIENT_SECRET"  # noqa: S105 - the name of a variable

_GRACE = 60.0  # seconds by which the state outlives the wait for the callback


@frozen(kw_only=True)
class LoginOptions:
    """The options of a login; None takes the value of the last login, else the default."""

    name: str
    client_id: str | None
    client_secret_file: Path | None
    login_url: str | None
    api_url: str | None
    port: int | None
    browser: bool
    timeout: float


def log_in(options: LoginOptions, output: Output) -> None:
    """Connect an account and write the connection, with the name of the account."""
    cipher = read_token_key(create=True)
    # The secret is asked for outside of an event loop, which would handle Ctrl-C itself.
    before = run_async(_last_profile(cipher, options.name))
    profile = _choose_profile(options, before)
    record = run_async(_connect(cipher, options, profile, is_new=before is None))
    show(record, output)


async def _last_profile(cipher: KeyRing, name: str) -> Profile | None:
    """Return the profile of an existing connection."""
    async with open_profiles(cipher) as profiles:
        found = await profiles.find(name)
    return None if found is None else found[0]


def _choose_profile(options: LoginOptions, before: Profile | None) -> Profile:
    """Return the profile to connect with: by the options, else the last login, else the default."""
    client_id = options.client_id or (before and before.client_id)
    if not client_id:
        raise Failed("the app's id is missing: set KATANA_CLIENT_ID, or use --client-id")
    login_url = options.login_url or (before.login_url if before else LOGIN_URL)
    api_url = options.api_url or (before.api_url if before else BASE_URL)
    if (login_url == LOGIN_URL) != (URL(api_url).origin() == URL(BASE_URL).origin()):
        raise UsageError(
            f"tokens of {login_url} are not for {api_url}: set both KATANA_LOGIN_URL and"
            " KATANA_BASE_URL, or none"
        )
    if before is not None:
        wanted = (client_id, login_url, URL(api_url).origin())
        if wanted != (before.client_id, before.login_url, URL(before.api_url).origin()):
            raise UsageError(
                f"connection {options.name} belongs to the app {before.client_id} at"
                f" {before.login_url}: use another name with --name, or first run:"
                f" katana-async logout {options.name}"
            )
    port = before.redirect_port if before else DEFAULT_PORT
    return Profile(
        client_id=client_id,
        client_secret=_client_secret(options.client_secret_file, before),
        redirect_uri="",
        redirect_port=port if options.port is None else options.port,
        login_url=login_url,
        api_url=api_url,
    )


def _client_secret(file: Path | None, before: Profile | None) -> Secret:
    if file is not None:
        try:
            return Secret(file.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError):
            raise Failed(f"the file {file} with the app's secret cannot be read") from None
    secret = Secret(os.environ.get(SECRET_VARIABLE, "").strip())
    if not secret and before is not None:
        return before.client_secret
    if not secret and sys.stdin.isatty():
        secret = Secret(click.prompt("Client secret", hide_input=True, err=True).strip())
    if not secret:
        raise Failed(
            f"the app's secret is missing: set {SECRET_VARIABLE}, or use --client-secret-file"
        )
    return secret


async def _connect(
    cipher: KeyRing, options: LoginOptions, profile: Profile, *, is_new: bool
) -> Record:
    """Send the browser to the login page, and wait for the callback that makes the connection."""
    session = secrets.token_urlsafe(32)
    outcome: asyncio.Future[Completed] = asyncio.get_running_loop().create_future()

    async def complete(query: str) -> bool:
        try:
            if is_new:
                # Before the tokens, which without their profile can be neither used nor revoked.
                await profiles.write(options.name, profile)
            connection = await app.complete(f"?{query}", session=session)
            if not is_new:
                # After the tokens: until then, the old tokens need the old profile.
                await profiles.write(options.name, profile)
        except KatanaError as error:
            if not _is_foreign(error) and not outcome.done():
                outcome.set_exception(error)
            return False
        if not outcome.done():
            outcome.set_result(connection)
        return True

    async with (
        open_profiles(cipher) as profiles,
        receive_callback(profile.redirect_port, complete) as port,
    ):
        profile = replace(profile, redirect_uri=f"http://{HOST}:{port}{PATH}")
        async with profiles.make_app(profile, state_life=options.timeout + _GRACE) as app:
            with usage_errors():  # the name may be invalid
                url = await app.begin(session=session, connection_id=options.name)
            show_login_page(url, port, browser=options.browser)
            try:
                async with asyncio.timeout(options.timeout):
                    connection = await outcome
            except TimeoutError:
                raise Failed(f"there was no approval within {options.timeout:g} s") from None
    return connection_record(profile, connection)


def _is_foreign(error: KatanaError) -> bool:
    """Return whether a callback lacks this login's state: any page can make a browser send one."""
    return isinstance(error, StateUnknown | OtherBrowser) or type(error) is CallbackError
