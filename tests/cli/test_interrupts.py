"""Ctrl-C at a terminal: one ends a command at any moment, without a message or a connection."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Account, Katana
from .terminal import CTRL_C, Terminal, at_keyboard
from .test_browser import PERSON

SHOW_CURSOR = "\x1b[?25h"
CLIENT_ID = "KATANA_CLIENT_ID"

LOGIN = ("login", "--redirect-port", "0", "--no-browser")


def shown_text(terminal: Terminal) -> str:
    """Return the text that the terminal showed, without the keys themselves."""
    return terminal.shown.replace("^C", "").replace(SHOW_CURSOR, "").strip()


def test_ctrl_c_at_the_prompt_for_the_secret_ends_the_login(
    account: Account, command: Katana
) -> None:
    del os.environ["KATANA_CLIENT_SECRET"]  # the fixture puts it back
    with at_keyboard(*LOGIN, environment={}) as terminal:
        terminal.until("Client secret:")
        terminal.until_hidden()
        terminal.press(CTRL_C)
        assert terminal.wait_for_end() == 130
        assert terminal.echoes()
        assert shown_text(terminal) == "Client secret:"
    assert command("connections").out == ""


def test_a_typed_secret_is_used_and_not_shown(account: Account) -> None:
    secret = account.variables["KATANA_CLIENT_SECRET"]
    del os.environ["KATANA_CLIENT_SECRET"]
    with at_keyboard(*LOGIN, environment={}) as terminal:
        terminal.until("Client secret:")
        terminal.until_hidden()
        terminal.press(secret.encode() + b"\n")
        terminal.until("Ctrl-C cancels")
        terminal.press(CTRL_C)
        assert terminal.wait_for_end() == 130
        assert terminal.echoes()
        assert secret not in terminal.shown
        assert "Traceback" not in terminal.shown
        assert shown_text(terminal).endswith("Ctrl-C cancels.")


KEYRING_THAT_ASKS = """
import getpass
from tests.cli.fake_keyrings import Good


class Asking(Good):
    def get_password(self, service, username):
        getpass.getpass("Password of the keyring: ")
        return super().get_password(service, username)
"""


@pytest.mark.parametrize(
    "arguments", [("login",), ("connections",), ("list", "products"), ("logout",)]
)
def test_ctrl_c_at_a_keyrings_prompt_ends_the_command(
    arguments: tuple[str, ...], connected: Account, tmp_path: Path
) -> None:
    (tmp_path / "asking_keyring.py").write_text(KEYRING_THAT_ASKS, encoding="utf-8")
    root = Path(__file__).resolve().parents[2]
    variables = {
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}",
        "PYTHON_KEYRING_BACKEND": "asking_keyring.Asking",
        "FAKE_KEYRING_FILE": str(tmp_path / "keyring.json"),
    }
    del os.environ["KATANA_TOKEN_KEY"]
    with at_keyboard(*arguments, environment=variables) as terminal:
        terminal.until("Password of the keyring:")
        terminal.until_hidden()
        terminal.press(CTRL_C)
        assert terminal.wait_for_end() == 130
        assert terminal.echoes()
        assert shown_text(terminal) == "Password of the keyring:"


@pytest.mark.parametrize("presses", [1, 2, 5])
def test_one_or_more_ctrl_c_while_waiting_end_the_login_quietly(
    presses: int, account: Account, command: Katana
) -> None:
    with at_keyboard(*LOGIN, environment=account.variables) as terminal:
        terminal.until("Ctrl-C cancels.")
        shown = shown_text(terminal)
        for _ in range(presses):
            terminal.press(CTRL_C)
        assert terminal.wait_for_end() == 130
        assert shown_text(terminal) == shown
    assert command("connections").out == ""


_PRESSED_AT = """
import os, signal, sys
from katana_async.cli import main
from katana_async.oauth.server.endpoint import TokenEndpoint
from katana_async.oauth import SQLTokenStore
presses, left, ask = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "ask"
def press():
    global left
    left -= 1
    if left == 0:
        for _ in range(presses):
            os.kill(os.getpid(), signal.SIGINT)
def pressed(method):
    def calling(*arguments, **named):
        press()
        return method(*arguments, **named)
    return calling
for kind, name in [(TokenEndpoint, "request_tokens")] if ask else [
    (SQLTokenStore, name) for name in ("read", "write", "rows", "now", "close")
]:
    setattr(kind, name, pressed(getattr(kind, name)))
del sys.argv[1:4]
main()
"""


def pressed_at(
    moment: int, where: str, presses: int, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Log in, and press Ctrl-C at the nth call of a method."""
    program = [sys.executable, "-c", _PRESSED_AT, str(presses), str(moment), where]
    return subprocess.run(
        [*program, "login", "--redirect-port", "0", "--timeout", "3"],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("presses", [1, 2])
@pytest.mark.parametrize("moment", range(1, 7))
def test_ctrl_c_while_the_store_is_open_ends_the_login_quietly(
    moment: int, presses: int, account: Account, command: Katana
) -> None:
    done = pressed_at(moment, "store", presses, {**account.variables, "BROWSER": "true %s"})
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "" or done.stderr.endswith("Ctrl-C cancels.\n")
    assert "Traceback" not in done.stderr
    assert command("connections").out == ""


def test_ctrl_c_while_tokens_are_fetched_loses_no_token(account: Account, command: Katana) -> None:
    done = pressed_at(1, "ask", 1, {**account.variables, "BROWSER": PERSON})
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "" or done.stderr.endswith("Ctrl-C cancels.\n")
    assert "Traceback" not in done.stderr
    [line] = command("connections").lines()
    assert (line["status"], line["client_id"]) == ("connected", account.variables[CLIENT_ID])
    assert command("logout").json()["tokens"] == "revoked"
