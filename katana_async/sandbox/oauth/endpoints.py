"""Which endpoint a request is for, and what every answer of the authorization server has."""

import logging
from collections.abc import Callable, Mapping
from email.utils import formatdate

from attrs import frozen

from ..wire import Answer, Request
from .consent import show_consent, take_decision
from .forms import read_form
from .refusals import OAuthRefusal
from .revocation import answer_revocation
from .state import State
from .token import answer_token

AUTHORIZE, TOKEN, REVOKE = "/authorize", "/oauth/token", "/oauth/revoke"

_logger = logging.getLogger(__name__)

_Answers = Callable[[State, Request], Answer]
_PAGES: Mapping[str, _Answers] = {"GET": show_consent, "POST": take_decision}
_CALLS: Mapping[str, _Answers] = {TOKEN: answer_token, REVOKE: answer_revocation}


def serves(path: str) -> bool:
    """Tell whether a path is the authorization server's and not the API's."""
    return path == AUTHORIZE or path.startswith("/oauth/")


@frozen
class Endpoints:
    """Answers requests to the authorization server. Does no I/O."""

    _state: State

    def operation_of(self, request: Request) -> str | None:
        """Return the name of the endpoint a request means, if there is such."""
        known = (f"GET {AUTHORIZE}", f"POST {AUTHORIZE}", f"POST {TOKEN}", f"POST {REVOKE}")
        name = f"{request.method} {request.path}"
        return name if name in known else None

    def answer(self, request: Request) -> Answer:
        """Let a request take effect and return the answer, without the headers of `stamped`."""
        try:
            with self._state.lock:
                if request.path == AUTHORIZE:
                    return self._page(request)
                return self._call(request)
        except Exception as error:
            # A mistake of the sandbox's own; whoever runs it should not have to guess.
            _logger.exception("the sandbox failed at %s %s", request.method, request.path)
            name = type(error).__name__
            return OAuthRefusal("server_error", f"The sandbox failed: {name}.", 500).answer()

    def spend(self, request: Request) -> None:
        """Count nothing: the API's rate limit is not for these endpoints."""

    def stamped(self, answer: Answer, request: Request, *, skew: float = 0.0) -> Answer:
        """Add the date.

        Args:
            skew: Seconds by which the server's clock seems off.
        """
        return answer.having(("Date", formatdate(self._state.now() + skew, usegmt=True)))

    def _page(self, request: Request) -> Answer:
        answers = _PAGES.get(request.method)
        if answers is None:
            return Answer(405, headers=(("Allow", ", ".join(_PAGES)),))
        return answers(self._state, request)

    def _call(self, request: Request) -> Answer:
        answers = _CALLS.get(request.path)
        if answers is None or (request.path == REVOKE and not self._state.settings.revocation):
            return Answer(404)
        if request.method == "HEAD":
            return Answer(405, headers=(("Allow", "POST"),))
        try:
            if request.method != "POST":
                raise OAuthRefusal("invalid_request", "Only POST.", 405, (("Allow", "POST"),))
            return answers(self._state, request)
        except OAuthRefusal as refusal:
            if not refusal.noted:
                named = _client_named(request)
                self._state.note("refused", named, refusal.grant, refusal.said)
            return refusal.answer()


def _client_named(request: Request) -> str | None:
    try:
        return read_form(request).get("client_id")
    except OAuthRefusal:
        return None
