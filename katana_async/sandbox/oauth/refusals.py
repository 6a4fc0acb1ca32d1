"""OAuth errors: what they are, and how the token and revocation endpoints answer them."""

import re

from attrs import define

from ..codec import write_json
from ..wire import Answer

NOT_STORED = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
JSON = ("Content-Type", "application/json")

_PLAIN_NAME = re.compile(r"[a-z_]{1,40}")


@define
class OAuthRefusal(Exception):
    """A request that is answered with an OAuth error (RFC 6749 sections 4.1.2.1 and 5.2).

    Attributes:
        error: The code.
        description: What is wrong, for people. It is also kept in the audit, so it must not hold
            anything that was sent, names of parameters apart.
        grant: The id of the grant that it is about.
        noted: Whether the audit has it already, as something worse than a refusal.
    """

    error: str
    description: str
    status: int = 400
    headers: tuple[tuple[str, str], ...] = ()
    grant: str | None = None
    noted: bool = False

    @property
    def said(self) -> str:
        """Error and description, for the audit."""
        return f"{self.error}: {self.description}"

    def answer(self) -> Answer:
        """Return the error as the token and revocation endpoints send it."""
        body = {"error": self.error, "error_description": self.description}
        return Answer(self.status, write_json(body), (JSON, *NOT_STORED, *self.headers))


def invalid_request(description: str) -> OAuthRefusal:
    """The request is malformed."""
    return OAuthRefusal("invalid_request", description)


def missing(name: str) -> OAuthRefusal:
    """A parameter is not there, or has no value."""
    return invalid_request(f"The parameter {name} is missing.")


def repeated(name: str) -> OAuthRefusal:
    """A parameter is there more than once."""
    return invalid_request(f"The parameter {shown(name)} is there more than once.")


def invalid_client(description: str, *headers: tuple[str, str]) -> OAuthRefusal:
    """The client did not authenticate."""
    return OAuthRefusal("invalid_client", description, 401, headers)


def invalid_grant(description: str, *, grant: str | None = None) -> OAuthRefusal:
    """The code or refresh token is no good."""
    return OAuthRefusal("invalid_grant", description, grant=grant)


def shown(name: str) -> str:
    """Return a parameter's name as an error may say it: one that looks like a name.

    What a broken client sends as a name may be a secret, or hold characters that RFC 6749 does
    not allow in a description.
    """
    return name if _PLAIN_NAME.fullmatch(name) else "with a strange name"
