"""The commands about connections as typer sees them: login, logout, connections, keys."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from . import problems
from .options import BaseUrl, LoginUrl, OutputOption, Verbose
from .problems import UsageProblem


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(login)
    app.command()(connections)
    app.command()(logout)
    app.command("rotate-keys")(rotate_keys)
    app.command("new-key")(new_key)


def login(
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What to call the connection. Default: 'default'."),
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option(metavar="ID", envvar="KATANA_CLIENT_ID", help="The app's id at Katana."),
    ] = None,
    client_secret_file: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="A file with the app's secret, instead of KATANA_CLIENT_SECRET."
        ),
    ] = None,
    redirect_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            metavar="PORT",
            help="Where the browser comes back to: /callback at this port of 127.0.0.1, which"
            " must be registered for the app. Default: 8642. 0 is any free one, for servers that"
            " allow it (RFC 8252).",
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option(help="Open the browser; or else only write what to open.")
    ] = True,
    timeout: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="How long to wait for an approval.")
    ] = 300.0,
    output: OutputOption = None,
    base_url: BaseUrl = None,
    login_url: LoginUrl = None,
    _: Verbose = False,
) -> None:
    """Connect your Katana account with the browser; later commands then need no API key.

    A connection that exists is renewed; what is not given is as it was then.
    """
    from .login import Asked, log_in
    from .names import connection_name

    asked = Asked(
        name=connection_name(name),
        client_id=client_id,
        secret_file=client_secret_file,
        login_url=login_url,
        api_url=base_url,
        port=redirect_port,
        browser=browser,
        timeout=timeout,
    )
    log_in(asked, output)


def connections(output: OutputOption = None) -> None:
    """List the connections, and whether they can be used."""
    from .accounts import list_connections

    list_connections(output)


def logout(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Which. Default: 'default'.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every connection.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also what does not open: its tokens stay unrevoked.")
    ] = False,
    output: OutputOption = None,
    _: Verbose = False,
) -> None:
    """Forget a connection, and revoke its tokens where the server offers that.

    Not where another connection may be of the same user: it could end with them.
    """
    from .accounts import log_out
    from .names import connection_name

    if name is not None and every:
        raise UsageProblem("--all goes without a name")
    done = log_out(connection_name(name), every=every, force=force, output=output)
    raise typer.Exit(0 if done else problems.FAILED)


def rotate_keys(output: OutputOption = None) -> None:
    """Encrypt the connections with a new key. It may be stopped and begun again at any time.

    In the OS keyring a key is added, and the old ones are dropped once nothing needs them. With
    KATANA_TOKEN_KEY its first key is the one; put a new one in front of the others before.
    """
    from .rotation import rotate_keys as rotate

    done = rotate(output)
    raise typer.Exit(0 if done else problems.FAILED)


def new_key() -> None:
    """Write a fresh key for KATANA_TOKEN_KEY."""
    from ..oauth.sealing.keys import new_key as make

    sys.stdout.write(make() + "\n")
