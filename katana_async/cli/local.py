"""`katana-async sandbox`: says where the sandbox is, and serves."""

import sys

from ..sandbox import RateLimit, Sandbox
from ..sandbox.command import make_client, oauth_details, serve
from .formats import Output, chosen
from .output import show
from .problems import UsageProblem

_JOURNAL = 1_000  # requests that are remembered, so that memory stays flat however long it runs


async def run_sandbox(
    host: str,
    port: int,
    products: int,
    seed: int,
    rate_limit: int,
    redirect_uris: list[str],
    access_token_life: float,
) -> None:
    """Serve a sandbox until SIGINT or SIGTERM.

    Raises:
        UsageProblem: The address is taken, or not one of this machine, or a redirect URI is none.
    """
    try:
        client = make_client(redirect_uris)
    except ValueError as error:
        raise UsageProblem(str(error)) from None
    sandbox = Sandbox(
        products=products,
        seed=seed,
        rate_limit=RateLimit(rate_limit) if rate_limit else None,
        host=host,
        port=port,
        journal_limit=_JOURNAL,
        oauth_client=client,
    )
    sandbox.oauth.settings.access_token_life = access_token_life
    try:
        await serve(sandbox, _announce)
    except OSError as error:
        raise UsageProblem(f"cannot listen on {host}:{port}: {error.strerror}") from None


def _announce(sandbox: Sandbox) -> None:
    if chosen(None) is not Output.TABLE:
        said = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
        show({**said, "oauth": oauth_details(sandbox)}, Output.JSONL)
        return
    oauth = sandbox.oauth
    sys.stdout.write(
        f"A Katana with {len(sandbox.store['products'].ids()):,} products, until Ctrl-C."
        " In another terminal:\n\n"
        f"  export KATANA_BASE_URL={sandbox.base_url}\n"
        f"  export KATANA_API_KEY={sandbox.api_key}\n"
        "  katana-async list products --limit 5\n\n"
        "For an app that customers connect with OAuth 2.0:\n\n"
        f"  authorization  {oauth.authorize_url}\n"
        f"  tokens         {oauth.token_url}\n"
        f"  client id      {oauth.client.client_id}\n"
        f"  client secret  {oauth.client.client_secret}\n"
    )
    sys.stdout.flush()
