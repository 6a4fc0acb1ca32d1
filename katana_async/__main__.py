"""Run the command `katana-async` as `python -m katana_async`."""

from .cli import main

if __name__ == "__main__":
    main()
