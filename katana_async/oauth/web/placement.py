"""Whether browsers come to where `redirect_uri` leads back. Told to the log, and used for nothing.

A site that is opened as http://127.0.0.1:8000 while `redirect_uri` says http://localhost:8000
begins well, and nobody can finish there: the cookie is the other host's. Neither the Host header
nor the path is believed for that: a proxy may have changed both.
"""

import logging
import re

from yarl import URL

from .messages import Seen

log = logging.getLogger("katana_async")

# What browsers send, and nothing that could be more than one word in a log.
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?", re.ASCII)
_LONGEST = 200  # characters of a path in the log


class Placement:
    """Warn, once for each, of a host and a path that do not fit `redirect_uri`.

    Args:
        redirect_uri: Where Katana sends browsers back to.
        start: The name of the route that sends them out, which is beside the other.
    """

    def __init__(self, redirect_uri: str, start: str) -> None:
        self._redirect_uri = redirect_uri
        url = URL(redirect_uri)
        self._host, self._port = (url.raw_host or "").lower(), url.port
        self._origin = str(url.origin())
        self._path = f"{url.path.rpartition('/')[0]}/{start}"
        self._host_was_told = self._path_was_told = False

    def compare(self, seen: Seen) -> None:
        """Look at where a browser began."""
        if not self._host_was_told and (host := self._other_host(seen)):
            self._host_was_told = True
            log.warning(
                "an account is being connected on the host %s, while redirect_uri leads back to"
                " %s: there the browser has no cookie of where it began, and cannot finish. Open"
                " the site under the redirect URI's host and port. If a proxy puts another Host"
                " into requests than browsers ask for, all may be well: have it pass Host on, or"
                " add X-Forwarded-Host. This is said once",
                host,
                self._origin,
            )
        if not self._path_was_told and (path := self._other_path(seen)):
            self._path_was_told = True
            log.warning(
                "an account is being connected from the path %s, while redirect_uri is %s, beside"
                " which it would be %s: Katana will send the browser to where these routes may not"
                " be. Mount them there, or register another redirect URI. If a proxy changes the"
                " path, or the routes are mounted there too, all is well. This is said once",
                path,
                self._redirect_uri,
                ascii(self._path),
            )

    def _other_host(self, seen: Seen) -> str | None:
        """Return the host that was asked for, if it is another than the one to come back to."""
        hosts = [host.strip().lower() for host in seen.hosts]
        if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]) or self._is_ours(hosts[0]):
            return None  # what is not well-formed, no browser has sent
        forwarded = ",".join(seen.forwarded).split(",")
        if any(self._is_ours(host.strip().lower()) for host in forwarded):
            return None
        return hosts[0]

    def _is_ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        # Proxies in front of a site leave the port out, or set the one of their own protocol.
        return (
            found is not None
            and found[1].strip("[]") == self._host
            and found[2] in (None, "80", "443", str(self._port))
        )

    def _other_path(self, seen: Seen) -> str | None:
        """Return the path that was asked for, if it is another than the one to come back beside."""
        # The end of that one is what a proxy leaves over that takes the beginning off.
        if not seen.path or self._path.endswith(seen.path):
            return None
        return ascii(seen.path[:_LONGEST])
