"""A client as the command line uses it: made of options and environment, and listened to."""

import os
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field
from yarl import URL

from ..auth import ApiKey, Auth
from ..client import KatanaClient
from ..http.messages import Request, Response
from ..http.session import BASE_URL
from ..http.settings import HTTPSettings
from ..http.transport import Transport
from .names import connection_name
from .problems import Failed, UsageProblem, command_for
from .proxies import proxy_for
from .storage import kept

if TYPE_CHECKING:
    from .home import Place

KEY_VARIABLE = "KATANA_API_KEY"


@define(eq=False)
class _Listening(Transport):
    """A transport that keeps the newest answer."""

    newest: Response | None = field(default=None, init=False)

    async def send(self, request: Request) -> Response:
        self.newest = await Transport.send(self, request)
        return self.newest


class CommandClient(KatanaClient):
    """A client that keeps the newest answer.

    So commands call the very methods that programs call, and print what Katana said: with fields
    that the models do not know yet, and numbers as they were written.
    """

    def __init__(self, *, auth: Auth, base_url: str) -> None:
        http = HTTPSettings(proxy=proxy_for(base_url))
        super().__init__(auth=auth, base_url=base_url, http=http)
        made = self._http
        self._listening = _Listening(
            base_url=made.base_url,
            auth=made.auth,
            session=made.session,
            limits=made.limits,
            options=made.options,
            stats=made.stats,
            budgets=made.budgets,
            clock=made.clock,
        )
        self._http = self._listening

    @property
    def newest(self) -> Response:
        """The newest answer; only after a call."""
        if self._listening.newest is None:
            raise RuntimeError("nothing was called yet")
        return self._listening.newest

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return str(self._http.base_url)

    def collection(self, attribute: str) -> Any:
        """Return a collection by its name."""
        return getattr(self, attribute)


@contextmanager
def connect(
    base_url: str | None, key_file: Path | None, connection: str | None
) -> Generator[AbstractAsyncContextManager[CommandClient]]:
    """Give a client that is ready to be entered, in whatever event loop the block runs.

    A connection that is named comes first, then `key_file`, then the environment variable
    KATANA_API_KEY, then the connection that KATANA_CONNECTION names, or `default`.

    Args:
        base_url: Where the API is; by default where the connection was made for, else at Katana.
        key_file: Where the API key is.
        connection: The name of a connection.

    Raises:
        UsageProblem: There are two answers to whose account is meant.
        ConfigurationError: There is no usable key.
    """
    if key_file is not None and connection is not None:
        raise UsageProblem("--key-file and --connection exclude each other")
    if key_file is not None:
        yield CommandClient(auth=ApiKey.from_file(key_file), base_url=base_url or BASE_URL)
        return
    if connection is None and KEY_VARIABLE in os.environ:
        yield CommandClient(auth=ApiKey.from_env(), base_url=base_url or BASE_URL)
        return
    name, named = connection_name(connection), connection is not None
    if not _any_kept():
        raise _nobody(name, named=named)
    # Only now: keyrings and databases are loaded by those who have no key.
    from .home import claimed

    with claimed() as place:
        yield _connected(place, base_url, name, named=named)


def _any_kept() -> bool:
    try:
        return kept()
    except Failed as error:
        problem = error.format_message()
    raise Failed(
        f"no API key and no connection: set {KEY_VARIABLE}, or name a file with --key-file. Login"
        f" {problem}"
    )


@asynccontextmanager
async def _connected(
    place: "Place", where: str | None, name: str, *, named: bool
) -> AsyncGenerator[CommandClient]:
    """Give a client that calls as a connection."""
    async with place.opened() as home:
        names = await home.names()
        if not names:
            raise _nobody(name, named=named)
        profile = await home.profiles.read(name) if name in names else None
        if profile is None:
            raise await home.none_such(name)
        if where is not None and not _same_origin(where, profile.api_url):
            raise UsageProblem(
                f"connection {name} is for {profile.api_url}, and its tokens are not sent to"
                f" {URL(where).origin()}: leave out --base-url and KATANA_BASE_URL, or use another"
                " connection"
            )
        async with (
            profile.app(home.new_store(), home.cipher) as app,
            CommandClient(auth=app.auth(name), base_url=where or profile.api_url) as client,
        ):
            yield client


def _nobody(name: str, *, named: bool) -> Failed:
    which = (
        f", or '{command_for('login --name', name)}'" if named else ", or run 'katana-async login'"
    )
    return Failed(
        f"no API key and no connection: set KATANA_API_KEY, name a file with --key-file{which}"
    )


def _same_origin(one: str, other: str) -> bool:
    return URL(one).origin() == URL(other).origin()
