"""node's oidc-provider as a process, and a browser that fills in its pages."""

import fcntl
import functools
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urljoin

import aiohttp
import pytest
from attrs import define, field, frozen

from tests.services import is_missing

HERE = Path(__file__).resolve().parent
CLIENT_ID = "partner"
CLIENT_SECRET = "client-secret-canary-7Q+/=&%"  # with characters that a form has to escape
REDIRECT_URI = "http://127.0.0.1:8000/callback"


@functools.cache
def _install() -> str | None:
    """Install the packages of the lock file, once for each lock file; return the error, if any."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return f"there is no {program} here"
    lock = HERE / "package-lock.json"
    stamp = HERE / "node_modules" / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    with lock.open("rb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # tox runs two Pythons at once
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
            return None
        try:
            subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"],
                cwd=HERE,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=120,
                check=True,
            )
        except subprocess.TimeoutExpired:
            return "npm ci took longer than 120 s in tests/interop"
        except subprocess.CalledProcessError as error:
            return f"npm ci failed in tests/interop: {error.stderr.strip()[:200]}"
        stamp.write_text(wanted, encoding="utf-8")
    return None


@frozen
class Provider:
    """A run_provider oidc-provider.

    Attributes:
        origin: Scheme, host and port.
        issuer: The issuer identifier (RFC 9207): the origin and the path of the mount.
    """

    origin: str
    issuer: str

    @property
    def authorize_url(self) -> str:
        return f"{self.issuer}/auth"

    @property
    def token_url(self) -> str:
        return f"{self.issuer}/token"

    @property
    def revoke_url(self) -> str:
        return f"{self.issuer}/token/revocation"

    @property
    def introspect_url(self) -> str:
        return f"{self.issuer}/token/introspection"


@contextmanager
def run_provider(**settings: Any) -> Iterator[Provider]:
    """Run an oidc-provider. Skip the tests if it cannot be installed, or fail where it must run."""
    problem = _install()
    if problem is not None:
        is_missing(problem)
    configuration = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": REDIRECT_URI,
        **settings,
    }
    with (
        TemporaryFile() as errors,
        subprocess.Popen(
            ["node", HERE / "provider.mjs"],
            env={**os.environ, "PROVIDER_SETTINGS": json.dumps(configuration)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                errors.seek(0)
                pytest.fail(f"oidc-provider did not start: {errors.read()[-2000:].decode()}")
            yield Provider(**json.loads(line))
        finally:
            process.kill()


class _Page(HTMLParser):
    """The form of a page, and its link to cancel."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.cancel = ""
        self._link = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = found["action"]
        elif tag == "input":
            self.fields[found["name"]] = found.get("value", "")
        elif tag == "a":
            self._link = found.get("href", "")

    def handle_data(self, data: str) -> None:
        if "Cancel" in data:
            self.cancel = self._link


@define(eq=False)
class Browser:
    """A browser with cookies of its own.

    Attributes:
        account: The account of the login form.
        pages: The prompts of the forms so far, in order: `login`, `consent`.
    """

    session: aiohttp.ClientSession
    account: str
    pages: list[str] = field(factory=list)

    async def approve(self, url: str) -> str:
        """Log in if asked, consent, and return the callback."""
        return await self._walk(url, deny=False)

    async def deny(self, url: str) -> str:
        """Log in if asked, cancel at the consent page, and return the callback."""
        return await self._walk(url, deny=True)

    async def _walk(self, url: str, *, deny: bool) -> str:
        method, data = "GET", None
        for _ in range(20):
            async with self.session.request(
                method, url, data=data, allow_redirects=False
            ) as answer:
                html = await answer.text()
                where = answer.headers.get("Location")
            if where is not None:
                method, data, url = "GET", None, urljoin(url, where)
                if url.startswith(f"{REDIRECT_URI}?"):
                    return url
                continue
            assert answer.status == 200, f"{answer.status} at {url}: {html}"
            page = _Page(html)
            self.pages.append(page.fields["prompt"])
            if deny and page.fields["prompt"] == "consent":
                method, data, url = "GET", None, urljoin(url, page.cancel)
                continue
            if "login" in page.fields:
                page.fields |= {"login": self.account, "password": "any"}
            method, data, url = "POST", page.fields, urljoin(url, page.action)
        raise AssertionError(f"no callback after 20 pages: {url}")
