"""`python -m katana_async.cli` is the command `katana-async`."""

from . import main

if __name__ == "__main__":
    main()
