"""`sandbox`: run a sandbox on this machine, and print its addresses and keys."""

import sys
from collections.abc import Sequence

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
    host: str,
    port: int,
    products: int,
    seed: int,
    rate_limit: int,
    redirect_uris: Sequence[str],
    access_token_life: float,
) -> None:
    """Serve a sandbox until SIGINT or SIGTERM."""
    with usage_errors():
        client = make_client(redirect_uris)
    sandbox = Sandbox(
        products=products,
        seed=seed,
        rate_limit=RateLimit(rate_limit) if rate_limit else None,
        host=host,
        port=port,
        journal_limit=1_000,  # so that memory stays constant
        oauth_client=client,
    )
    sandbox.oauth.settings.access_token_life = access_token_life
    try:
        await serve(sandbox, _announce)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from None


def _announce(sandbox: Sandbox) -> None:
    addresses = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
    oauth = oauth_details(sandbox)
    if choose_output(None) is not Output.TABLE:
        show({**addresses, "oauth": oauth}, Output.JSONL)
        return
    count = len(sandbox.store["products"].ids())
    sys.stdout.write(_INSTRUCTIONS.format(products=count, **addresses, **oauth))
    sys.stdout.flush()
