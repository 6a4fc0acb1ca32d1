"""The demo's sandbox in a process of its own, told what to do on its standard input."""

import asyncio
import json
import sys
from typing import Any

from ..sandbox import Sandbox
from ..sandbox.faults import Latency


async def main(products: int, distance: float) -> None:
    """Serve until standard input ends, which it also does when the demo is gone.

    Each line is a JSON array: `["add_key"]`, `["revoke_key", key]`, `["journal"]`. Each is answered
    with one line of JSON; the first line says where the sandbox is.

    Args:
        products: How many products there are.
        distance: Seconds that an answer takes longer, as from a service far away.
    """
    async with Sandbox(products=products) as sandbox:
        sandbox.faults.add(Latency(distance), times=None)
        _say(
            {
                "base_url": sandbox.base_url,
                "api_key": sandbox.api_key,
                "products": len(sandbox.store["products"].ids()),
            }
        )
        while line := await asyncio.to_thread(sys.stdin.readline):
            match json.loads(line):
                case ["add_key"]:
                    _say(sandbox.add_key())
                case ["revoke_key", str(key)]:
                    sandbox.revoke_key(key)
                    _say(None)
                case ["journal"]:
                    _say(_journal(sandbox))
                case order:
                    raise ValueError(f"not an order: {order!r}")


def _journal(sandbox: Sandbox) -> dict[str, int]:
    seen = sandbox.journal
    return {
        "requests": len(seen),
        "refused": seen.count(status=401),
        "invalid": seen.count(status=422),
        "rate_limited": seen.count(status=429),
        "answered": sum(1 for one in seen if one.status in (200, 204)),
    }


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(products=int(sys.argv[1]), distance=float(sys.argv[2])))
