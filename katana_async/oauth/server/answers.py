"""What a token endpoint answers: tokens, or why there are none. No I/O.

A refresh token that rotates is spent by asking, and the answer is the only place where the next one
is. So usable tokens are taken out of an answer whatever else is odd about it, and an answer that
tells nothing leaves the spent one alone for a while.
"""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from ...errors import TokenRequestFailed
from ...http.messages import (
    Response,
    parse_date,
    parse_json,
    parse_problem,
    parse_retry_after,
    printable,
)
from ...secrets import Secret, redact, redact_unknown
from .forms import ERROR_CODE, Tokens

# RFC 6750, section 2.1: what can stand behind "Bearer" in a header.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,20000}=*")
# As every code that is registered for OAuth is written. What servers and gateways of other kinds
# have as "error" is the reason phrase: Gateway Timeout.
_REGISTERED = re.compile(r"[a-z]+(_[a-z0-9]+)+")
# Made up by gateways that gave up waiting, besides 5xx: nginx has 499.
_GAVE_UP = frozenset({408, 499})
_WRONG_ADDRESS = frozenset({404, 405})
# The strict reader costs tokens by a number of 5,000 digits in a field that nobody needs.
_LENIENT = json.JSONDecoder(parse_int=float, strict=False)


class OnlyRefreshToken(TokenRequestFailed):
    """An answer gave a new refresh token, and no access token that can be used.

    The refresh token before is spent, so this one has to be kept: without it the connection ends.

    Attributes:
        refresh: It. No copy or pickle of the error has it.
    """

    def __init__(self, message: str, *, status: int, refresh: Secret) -> None:
        self.refresh = refresh
        super().__init__(message, status=status, outcome_unknown=True, may_still_happen=True)

    def __reduce__(self) -> tuple[Any, ...]:
        shown = {name: value for name, value in vars(self).items() if name != "refresh"}
        return TokenRequestFailed, self.args, shown


def parse_tokens(answer: Response, secrets: Sequence[Secret]) -> Tokens | TokenRequestFailed:
    """Read the answer of a token endpoint.

    Args:
        answer: Whatever it answered.
        secrets: What was sent, and must be in no message.
    """
    odd: list[str] = []
    values = _read(answer.content, odd)
    if not 200 <= answer.status < 300:
        return _refusal(answer, values or {}, secrets)
    if values is None:
        return _nothing(answer, "the answer is not a JSON object")
    access, refresh = values.get("access_token"), _refresh(values, odd)
    if isinstance(access, str) and _TOKEN.fullmatch(access.strip()):
        _check_kind(values.get("token_type"), odd)
        return Tokens(
            access=Secret(access.strip()),
            refresh=refresh,
            life=_life(answer, values, odd),
            scopes=_scopes(values.get("scope"), odd),
            odd=tuple(odd),
        )
    if _code(values) is not None:
        return _refusal(answer, values, secrets)
    problem = (
        "access_token is missing"
        if access in (None, "")
        else "access_token cannot travel in a header (RFC 6750, section 2.1)"
    )
    if refresh is not None and refresh not in secrets:
        message = f"{_without(answer)}: {problem}, and there is a refresh_token"
        return OnlyRefreshToken(message, status=answer.status, refresh=refresh)
    return _nothing(answer, problem)


def _read(content: bytes, odd: list[str]) -> dict[str, Any] | None:
    """Return the object that an answer holds, as far as it can be read at all."""
    parsed: object
    try:
        parsed = parse_json(content)
    # Decimal raises ArithmeticError on an exponent of 20 digits.
    except (ValueError, ArithmeticError, RecursionError):
        try:
            text = content.decode(json.detect_encoding(content), "replace")
            parsed, _ = _LENIENT.raw_decode(text.lstrip("\ufeff \t\r\n"))
        except (ValueError, RecursionError):
            return None
        odd.append("it is not JSON as it should be")
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else None


def _refresh(values: Mapping[str, Any], odd: list[str]) -> Secret | None:
    """Return the refresh token: any text that can be sent in a form and stored.

    RFC 6749, appendix A.17, allows printable ASCII; more is no reason to end a connection.
    """
    refresh = values.get("refresh_token")
    if refresh in (None, ""):
        return None  # an empty one is none, as a server may write it
    # What could not be decoded is not what the server meant.
    if isinstance(refresh, str) and "\ufffd" not in refresh and _encodable(refresh):
        return Secret(refresh)
    odd.append("refresh_token is not text that could be sent")
    return None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # JSON can say half of a surrogate pair
        return False
    return True


def _check_kind(kind: object, odd: list[str]) -> None:
    if kind is None:
        odd.append("token_type is missing")
    elif not isinstance(kind, str) or kind.strip().lower() != "bearer":
        odd.append("token_type is not Bearer")


def _scopes(scope: object, odd: list[str]) -> tuple[str, ...] | None:
    if scope is None:
        return None
    if not isinstance(scope, str):
        odd.append("scope is not text")
        return None
    # RFC 6749, section 3.3. One that is none is left out.
    return tuple(filter(str.isascii, scope.split()))


def _life(answer: Response, values: Mapping[str, Any], odd: list[str]) -> float | None:
    life = _seconds(values.get("expires_in"))
    if life is None:
        if values.get("expires_in") is not None:
            odd.append("expires_in is not a number of seconds")
        # A moment by the server's clock, which its Date header tells, however far off it is.
        until, now = _seconds(values.get("expires_at")), parse_date(answer.headers)
        life = None if until is None or now is None else until - now
    if life is None or life <= 0:
        return None  # nothing usable was said: it is refreshed when it is refused
    return life


def _seconds(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{1,12}(\.\d{1,9})?", value.strip(), re.ASCII):
        return float(value)
    # NaN is in no range.
    if isinstance(value, int | float | Decimal) and 0 <= value < 10**12:
        return float(value)
    return None


def _without(answer: Response) -> str:
    return f"the token endpoint answered {answer.status} without usable tokens"


def _nothing(answer: Response, problem: str) -> TokenRequestFailed:
    """Return the error for a success that tells nothing: the refresh token is to be left alone.

    If the endpoint wrote it, the token is spent: sending it again would end the connection, and
    the access token that may still live. If something in between wrote it (a portal, a page for
    maintenance), nobody knows what the endpoint is at. Where neither is so, leaving the token
    alone costs some time and no more.
    """
    return TokenRequestFailed(
        f"{_without(answer)}: {problem}",
        status=answer.status,
        outcome_unknown=True,
        may_still_happen=True,
    )


def _code(values: Mapping[str, Any]) -> str | None:
    error = values.get("error")
    return error if isinstance(error, str) and ERROR_CODE.fullmatch(error) else None


def _refusal(
    answer: Response, values: Mapping[str, Any], secrets: Sequence[Secret]
) -> TokenRequestFailed:
    error = _code(values)
    failed = answer.status >= 500 or answer.status in _GAVE_UP
    # Something between us and the endpoint may have made up this answer, the endpoint being still
    # at it, or about to get the request: only an error as OAuth has it comes from the endpoint.
    may_still_happen = failed and (error is None or not _REGISTERED.fullmatch(error))
    if error is None:
        says = f", and not as OAuth does: {_excerpt(answer, secrets)}"
        if answer.status in _WRONG_ADDRESS:
            says += ". Check token_url"
    else:
        error = _shown(error, secrets)
        description = values.get("error_description")
        text = printable(_shown(description, secrets), 300) if isinstance(description, str) else ""
        says = f" {error}" + (f": {text}" if text else "")
    return TokenRequestFailed(
        f"the token endpoint answered {answer.status}{says}",
        error=error,
        status=answer.status,
        retry_after=parse_retry_after(answer.headers),
        outcome_unknown=answer.status >= 500 or may_still_happen,
        may_still_happen=may_still_happen,
    )


def _excerpt(answer: Response, secrets: Sequence[Secret]) -> str:
    text = _shown(answer.text[:4096], secrets)
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        problem = parse_problem(text.encode("utf-8", "replace"), _kind(answer))
        return problem.message or "no reason given"
    return "JSON without an error code"


def _shown(text: str, secrets: Sequence[Secret]) -> str:
    """Return what a person may see of what a token endpoint wrote: it may have tokens in it."""
    return redact_unknown(redact(text, secrets))


def _kind(answer: Response) -> str:
    return answer.headers.get("content-type", "")
