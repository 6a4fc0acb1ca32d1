"""Run the sandbox: `python -m katana_async.sandbox`."""

import sys

from .command import main

sys.exit(main())
