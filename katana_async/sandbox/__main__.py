"""Run the sandbox: `python -m katana_async.sandbox`."""

import sys

from .serve import main

sys.exit(main())
