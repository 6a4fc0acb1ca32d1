"""Opening the person's browser, or saying what to open in it."""

import asyncio
import os
import subprocess  # nosec B404 - to start ourselves
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path

from ..http.messages import printable

_PATIENCE = 2.0  # seconds for a browser to say that it does not open

# They would need the terminal, and do not run the scripts of Katana's login.
_TEXT_BROWSERS = ("elinks", "links", "lynx", "w3m", "www-browser")

_OPENING = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.stdin.read()))"


def show_in_browser(url: str, port: int, *, browser: bool) -> None:
    """Open an address in the browser, or write it on stderr where none opens; say which.

    Args:
        url: What to open.
        port: Where the browser comes back to.
        browser: Whether to try.
    """
    if not browser or _far_away() or not _there_is_one():
        _write(url, port)
        return
    loop = asyncio.get_running_loop()
    # Some browsers run until the person closes them, and only then it is known that they opened.
    patience = loop.call_later(_PATIENCE, _approve)

    def tried(opened: bool) -> None:
        if not opened:
            patience.cancel()
            _write(url, port)
        elif not patience.cancelled() and loop.time() < patience.when():
            patience.cancel()
            _approve()

    def work() -> None:
        opened = _opens(url)
        with suppress(RuntimeError):  # the login was over before the browser
            loop.call_soon_threadsafe(tried, opened)

    # A thread that nobody waits for, as above.
    threading.Thread(target=work, name="katana-browser", daemon=True).start()


def _there_is_one() -> bool:
    try:
        browser = webbrowser.get()
    except (webbrowser.Error, OSError, ValueError):  # BROWSER may be no command line
        return False
    return Path(browser.name).name not in _TEXT_BROWSERS


def _approve() -> None:
    print("Approve the connection in your browser. Ctrl-C gives up.", file=sys.stderr, flush=True)


def _opens(url: str) -> bool:
    """Open an address by a process that gives the browser none of our input and output.

    A browser that has our output writes into it, and a pipe does not end until the browser does.
    """
    # On its input, since everybody on this machine sees what arguments a process has. A browser
    # takes an address only as one, but most hand it to the one that is open already, and end.
    try:
        helper = subprocess.run(  # noqa: S603 - no shell, nothing of a stranger's # nosec B603
            [sys.executable, "-I", "-c", _OPENING],
            input=url.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us only
            check=False,
        )
    except OSError:
        return False
    return helper.returncode == 0


def _far_away() -> bool:
    """Tell whether the person sits at another machine, whose browser cannot be opened from here."""
    wanted = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return "SSH_CONNECTION" in os.environ and not any(os.environ.get(name) for name in wanted)


def _write(url: str, port: int) -> None:
    if "SSH_CONNECTION" in os.environ:
        print(
            "The browser must reach this machine. From where it runs, connect with:\n\n"
            f"  ssh -L {port}:127.0.0.1:{port} ...\n",
            file=sys.stderr,
        )
    print(f"Open this address in your browser:\n\n  {printable(url, 4_000)}\n", file=sys.stderr)
    print("Waiting for it to come back. Ctrl-C gives up.", file=sys.stderr, flush=True)
