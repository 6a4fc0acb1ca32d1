"""The registered apps, and which redirect URIs are theirs."""

import hmac
import re
import secrets

from attrs import field, frozen

_LOOPBACK = r"http://(?:127\.0\.0\.1|\[::1\]|localhost)"
_WITH_PORT = re.compile(rf"({_LOOPBACK}):(\d{{1,5}})(/.*)", re.ASCII)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")

# Without a port: any port fits, so that demos and command lines need no registration of their own.
DEFAULT_REDIRECT_URIS = tuple(
    f"http://{host}{path}"
    for host in ("127.0.0.1", "[::1]", "localhost")
    for path in ("/callback", "/katana/callback")
)


def _new_id() -> str:
    return f"sandbox-app-{secrets.token_hex(8)}"


def _new_secret() -> str:
    return f"sandbox-secret-{secrets.token_urlsafe(32)}"


@frozen(kw_only=True)
class Client:
    """A registered app.

    Attributes:
        client_id: Its id; made up by default.
        client_secret: Its secret; made up by default. Not in the repr.
        redirect_uris: Where its customers may be sent back to; loopback addresses by default.
        name: What the consent page calls it.
    """

    client_id: str = field(factory=_new_id)
    client_secret: str = field(factory=_new_secret, repr=False)
    redirect_uris: tuple[str, ...] = DEFAULT_REDIRECT_URIS
    name: str = "The Sandbox App"

    def __attrs_post_init__(self) -> None:
        for uri in self.redirect_uris:
            # RFC 6749 section 3.1.2: an absolute URI, without a fragment.
            if not _ABSOLUTE.fullmatch(uri) or "#" in uri:
                raise ValueError(f"not an absolute URI without a fragment: {uri!r}")

    def redirects_to(self, uri: str) -> bool:
        """Tell whether a redirect URI is one of those registered.

        It must be so to the letter. A loopback address that is registered without a port fits
        every port (RFC 8252 section 7.3).
        """
        if uri in self.redirect_uris:
            return True
        parts = _WITH_PORT.fullmatch(uri)
        return (
            parts is not None
            and 0 < int(parts[2]) < 65_536
            and parts[1] + parts[3] in self.redirect_uris
        )

    def knows(self, secret: str) -> bool:
        """Compare a secret with the app's own, in a time that says nothing about it."""
        return hmac.compare_digest(secret.encode(), self.client_secret.encode())
