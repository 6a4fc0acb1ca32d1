"""`katana-async sandbox`: says where the sandbox is, and serves."""

import sys

from ..sandbox import RateLimit, Sandbox
from ..sandbox.serve import serve
from .output import Output, chosen, show
from .problems import UsageProblem

_JOURNAL = 1_000  # requests that are remembered, so that memory stays flat however long it runs


async def run_sandbox(host: str, port: int, products: int, seed: int, rate_limit: int) -> None:
    """Serve a sandbox until SIGINT or SIGTERM.

    Raises:
        UsageProblem: The address is taken, or not one of this machine.
    """
    sandbox = Sandbox(
        products=products,
        seed=seed,
        rate_limit=RateLimit(rate_limit) if rate_limit else None,
        host=host,
        port=port,
        journal_limit=_JOURNAL,
    )
    try:
        await serve(sandbox, _announce)
    except OSError as error:
        raise UsageProblem(f"cannot listen on {host}:{port}: {error.strerror}") from None


def _announce(sandbox: Sandbox) -> None:
    if chosen(None) is not Output.TABLE:
        show({"base_url": sandbox.base_url, "api_key": sandbox.api_key}, Output.JSONL)
        return
    sys.stdout.write(
        f"A Katana with {len(sandbox.store['products'].ids()):,} products, until Ctrl-C."
        " In another terminal:\n\n"
        f"  export KATANA_BASE_URL={sandbox.base_url}\n"
        f"  export KATANA_API_KEY={sandbox.api_key}\n"
        "  katana-async list products --limit 5\n"
    )
    sys.stdout.flush()
