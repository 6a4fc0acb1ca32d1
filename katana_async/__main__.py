"""`python -m katana_async` is the command `katana-async`."""

from .cli import main

if __name__ == "__main__":
    main()
