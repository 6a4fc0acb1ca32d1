"""A client as the command line uses it: made of options and environment, and listened to."""

import os
from pathlib import Path
from typing import Any

from attrs import define, field

from ..auth import ApiKey
from ..client import KatanaClient
from ..http.messages import Request, Response
from ..http.session import BASE_URL
from ..http.transport import Transport

BASE_URL_VARIABLE = "KATANA_BASE_URL"


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

    def __init__(self, *, auth: ApiKey, base_url: str) -> None:
        super().__init__(auth=auth, base_url=base_url)
        made = self._http
        self._listening = _Listening(
            base_url=made.base_url,
            auth=made.auth,
            session=made.session,
            limits=made.limits,
            options=made.options,
            stats=made.stats,
            budget=made.budget,
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


def connect(base_url: str | None, key_file: Path | None) -> CommandClient:
    """Return a client that is ready to be entered.

    Args:
        base_url: Where the API is; by default what KATANA_BASE_URL says, else Katana itself.
        key_file: Where the API key is; by default the environment variable KATANA_API_KEY.

    Raises:
        ConfigurationError: There is no usable key, or the address is not usable.
    """
    auth = ApiKey.from_env() if key_file is None else ApiKey.from_file(key_file)
    return CommandClient(
        auth=auth, base_url=base_url or os.environ.get(BASE_URL_VARIABLE) or BASE_URL
    )
