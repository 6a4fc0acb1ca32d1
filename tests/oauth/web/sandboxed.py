"""Run an example as a process of its own, against a sandbox in another process.

python -m tests.oauth.web.sandboxed EXAMPLE ADDRESSES [OPTION ...]
"""

import json
import runpy
import sys
from functools import partial
from pathlib import Path

import katana_async
from katana_async import KatanaClient, oauth

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ["aiohttp_partner", "fastapi_partner"]

CLOSED = "the app is closed"


class ReportingApp(oauth.OAuthApp):
    """An app that prints a line after it was closed."""

    async def close(self) -> None:
        await super().close()
        print(CLOSED, flush=True)


def main(example: str, addresses: str, *options: str) -> None:
    """Run the example with these addresses and options."""
    places = json.loads(addresses)
    vars(oauth)["OAuthApp"] = partial(ReportingApp, server=oauth.AuthorizationServer(**places))
    vars(katana_async)["KatanaClient"] = partial(KatanaClient, base_url=places["api_url"])
    sys.argv = [example, *options]
    sys.path.insert(0, str(Path(example).parent))  # `python EXAMPLE` does it, run_path does not
    runpy.run_path(example, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
