"""Someone in front of a browser: opens the consent page over HTTP, decides, and is sent back.

As a program it is what BROWSER names; PERSON says what they do.
"""

import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

from attrs import frozen


@frozen
class Seen:
    """A page that was shown."""

    status: int
    text: str
    headers: dict[str, str]


def visit(url: str, form: dict[str, str] | None = None, **headers: str) -> Seen:
    """Open a page as a browser does, following redirects."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    asking = urllib.request.Request(url, data, headers)
    try:
        answer = urllib.request.urlopen(asking, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return Seen(answer.status, answer.read().decode(), dict(answer.headers))


def decide(url: str, decision: str = "approve") -> Seen:
    """Click on a button of the consent page, and return the page at the end."""
    page = visit(url)
    assert page.status == 200, page.text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    where = urllib.parse.urlsplit(url)
    return visit(f"{where.scheme}://{where.netloc}/authorize", {**form, "decision": decision})


def redirect_uri(url: str) -> str:
    """Return where an authorization URL has the browser sent back to."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    return query["redirect_uri"][0]


def main() -> None:
    decision = os.environ.get("PERSON", "approve")
    if decision in ("approve", "deny"):
        decide(sys.argv[1], decision)
    elif decision == "cannot":
        sys.exit(1)


if __name__ == "__main__":
    main()
