"""`examples/fleet.py` against a sandbox: `taskiq worker tests.examples.sandboxed_fleet:broker`.

FLEET_SERVER has the addresses of the sandbox as JSON.
"""

import json
import os
import sys
from functools import partial
from pathlib import Path

import katana_async
from katana_async import KatanaClient, oauth
from katana_async.http.limits import ProcessLimits

ROOT = Path(__file__).resolve().parents[2]

addresses = json.loads(os.environ["FLEET_SERVER"])
vars(oauth)["OAuthApp"] = partial(oauth.OAuthApp, server=oauth.AuthorizationServer(**addresses))
# The sandbox of the test has no quota.
vars(katana_async)["KatanaClient"] = partial(KatanaClient, limits=ProcessLimits(limit=100_000))
sys.path.insert(0, str(ROOT / "examples"))

import fleet  # noqa: E402 - after the app leads to the sandbox

broker = fleet.broker

__all__ = ["broker", "fleet"]
