"""A person with a browser: opens the consent page over HTTP, decides, and follows the redirect.

As a program it is the browser that BROWSER names; PERSON contains the decision.
"""

import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

from attrs import frozen


@frozen
class Page:
    """A page that the browser showed."""

    status: int
    text: str
    headers: dict[str, str]


def visit(url: str, form: dict[str, str] | None = None, **headers: str) -> Page:
    """Open a page as a browser does, following redirects."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    asking = urllib.request.Request(url, data, headers)
    try:
        answer = urllib.request.urlopen(asking, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return Page(answer.status, answer.read().decode(), dict(answer.headers))


def decide(url: str, decision: str = "approve") -> Page:
    """Click on a button of the consent page, and return the last page."""
    page = visit(url)
    assert page.status == 200, page.text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    where = urllib.parse.urlsplit(url)
    return visit(f"{where.scheme}://{where.netloc}/authorize", {**form, "decision": decision})


def redirect_uri(url: str) -> str:
    """Return the redirect URI in an authorization URL."""
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
