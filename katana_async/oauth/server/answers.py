"""Answers of the token endpoint: tokens, or the error that explains why there are none. No I/O.

A request spends a refresh token that rotates, and only the answer contains its successor. So usable
tokens are taken from an answer even if its scopes, its type or the rest of its JSON are invalid.
If an answer does not show whether the endpoint acted, the error has `may_still_happen`, and the
spent token is left alone for a while.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from attrs import frozen

from ...errors import ConfigurationError, TokenRequestFailed
from ...http.messages import Response, parse_problem, parse_retry_after, printable
from ...secrets import Secret, redact
from ...token_masking import redact_unknown
from .forms import ERROR_CODE

# RFC 6750, section 2.1: the characters that may follow "Bearer" in a header.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,20000}=*")
# The form of registered OAuth codes. Gateways put the reason phrase into "error": Gateway Timeout.
_REGISTERED = re.compile(r"[a-z]+(_[a-z0-9]+)+")
# A lone surrogate cannot be sent, and U+FFFD stands for bytes that could not be decoded.
_DAMAGED = re.compile("[\ud800-\udfff\ufffd]")
# Python's default refuses a number of 5,000 digits in an irrelevant field, and the tokens with it.
_LENIENT = json.JSONDecoder(parse_int=float, strict=False)


@frozen
class Tokens:
    """The tokens of an answer (RFC 6749, section 5.1)."""

    access: Secret
    refresh: Secret | None  # None if the server issued none
    life: float | None  # of the access token: seconds from before the request; None if unknown
    scopes: tuple[str, ...] | None  # None if the server left them out: the requested ones


@frozen
class OnlyRefreshToken:
    """An answer with a new refresh token, which must be stored, but no usable access token."""

    refresh: Secret
    error: TokenRequestFailed


TokenOutcome = Tokens | OnlyRefreshToken | TokenRequestFailed | ConfigurationError


def parse_tokens(answer: Response, secrets: Sequence[Secret]) -> TokenOutcome:
    """Return the tokens in an answer, or the error to raise: a traceback would contain them."""
    values = _decode_object(answer.content)
    access, refresh = values.get("access_token"), _read_refresh_token(values)
    scope = values.get("scope")
    if not 200 <= answer.status < 300:
        return _make_refusal(answer, values, secrets)
    if isinstance(access, str) and _TOKEN.fullmatch(access.strip()):
        return Tokens(
            access=Secret(access.strip()),
            refresh=refresh,
            life=_read_seconds(values.get("expires_in")),
            # RFC 6749, section 3.3, allows ASCII only.
            scopes=tuple(filter(str.isascii, scope.split())) if isinstance(scope, str) else None,
        )
    if _read_error_code(values) is not None:
        return _make_refusal(answer, values, secrets)
    # If the endpoint wrote the answer, the refresh token is spent. If something in between wrote it
    # (a captive portal, a maintenance page), the endpoint may still act.
    error = TokenRequestFailed(
        f"the token endpoint answered {answer.status} without usable tokens: it is no JSON object"
        " with an access_token that is valid in a header (RFC 6750, section 2.1)",
        status=answer.status,
        outcome_unknown=True,
        may_still_happen=True,
    )
    if refresh is None or refresh in secrets:
        return error
    return OnlyRefreshToken(refresh, error)


def _decode_object(content: bytes) -> dict[str, Any]:
    """Return the JSON object that an answer begins with; an empty one if there is none."""
    parsed: object
    try:
        text = content.decode(json.detect_encoding(content), "replace")
        parsed, _ = _LENIENT.raw_decode(text.lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}


def _read_refresh_token(values: Mapping[str, Any]) -> Secret | None:
    # RFC 6749, A.17, allows printable ASCII. Other characters must not end a connection.
    refresh = values.get("refresh_token")
    if isinstance(refresh, str) and refresh and not _DAMAGED.search(refresh):
        return Secret(refresh)
    return None


def _read_seconds(value: object) -> float | None:
    """Return a lifetime in seconds; None if it is invalid, or above 30 years.

    A token of unknown lifetime is refreshed once the API rejects it.
    """
    if isinstance(value, str) and re.fullmatch(r"\d{1,12}(\.\d{1,9})?", value.strip(), re.ASCII):
        value = float(value)
    # NaN is in no range.
    return value if isinstance(value, float) and 0 < value < 10**9 else None


def _read_error_code(values: Mapping[str, Any]) -> str | None:
    error = values.get("error")
    return error if isinstance(error, str) and ERROR_CODE.fullmatch(error) else None


def _make_refusal(
    answer: Response, values: Mapping[str, Any], secrets: Sequence[Secret]
) -> TokenRequestFailed:
    code = _read_error_code(values)
    # A gateway may have written this answer while the endpoint is still at work, or before the
    # request reaches it (nginx has 499). Only a registered error certainly comes from the endpoint.
    is_gateways = answer.status >= 500 or answer.status in (408, 499)
    may_still_happen = is_gateways and (code is None or not _REGISTERED.fullmatch(code))
    if code is None:
        gist = "JSON without an error code" if values else _describe_text(answer, secrets)
        advice = ". Check token_url" if answer.status in (404, 405) else ""
        reason = f" without an OAuth error: {gist}{advice}"
    else:
        code = _mask(code, secrets)
        description = values.get("error_description")
        text = printable(_mask(description, secrets), 300) if isinstance(description, str) else ""
        reason = f" {code}: {text}" if text else f" {code}"
    return TokenRequestFailed(
        f"the token endpoint answered {answer.status}{reason}",
        error=code,
        status=answer.status,
        retry_after=parse_retry_after(answer.headers),
        outcome_unknown=answer.status >= 500 or may_still_happen,
        may_still_happen=may_still_happen,
    )


def _describe_text(answer: Response, secrets: Sequence[Secret]) -> str:
    text = _mask(answer.text[:4096], secrets).encode("utf-8", "replace")
    return parse_problem(text, answer.headers.get("content-type", "")).message or "no reason given"


def _mask(text: str, secrets: Sequence[Secret]) -> str:  # the secrets of the request
    return redact_unknown(redact(text, secrets))
