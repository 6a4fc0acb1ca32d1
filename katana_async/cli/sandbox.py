"""`sandbox`: run a sandbox on this machine, and print its addresses and keys."""

from collections.abc import Sequence
from typing import Any

from ..sandbox import RateLimit, Sandbox
from ..sandbox.command import make_client, oauth_details, serve
from .errors import UsageError, usage_errors
from .options import Output, choose_output
from .output import show

_INSTRUCTIONS = """A sandbox with {products:,} products runs until Ctrl-C. In another terminal:

  export KATANA_BASE_URL={base_url}
  export KATANA_API_KEY={api_key}
  katana-async list products --limit 5

For an app that customers connect with OAuth 2.0:

  authorization  {authorize_url}
  tokens         {token_url}
  client id      {client_id}
  client secret  {client_secret}
"""


async def run_sandbox(
    rate_limit: int, redirect_uris: Sequence[str], access_token_life: float, **settings: Any
) -> None:
    """Serve a sandbox until SIGINT or SIGTERM."""
    with usage_errors():
        client = make_client(redirect_uris)
    sandbox = Sandbox(
        rate_limit=RateLimit(rate_limit) if rate_limit else None,
        journal_limit=1_000,  # so that memory stays constant
        oauth_client=client,
        **settings,
    )
    sandbox.oauth.settings.access_token_life = access_token_life
    try:
        await serve(sandbox, _announce)
    except OSError as error:
        address = f"{settings['host']}:{settings['port']}"
        raise UsageError(f"cannot listen on {address}: {error.strerror}") from None


def _announce(sandbox: Sandbox) -> None:
    addresses = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
    oauth = oauth_details(sandbox)
    if choose_output(None) is not Output.TABLE:
        show({**addresses, "oauth": oauth}, Output.JSONL)
        return
    count = len(sandbox.store["products"].ids())
    print(_INSTRUCTIONS.format(products=count, **addresses, **oauth), end="", flush=True)
