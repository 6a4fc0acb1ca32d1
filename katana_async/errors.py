"""The exception tree. This module imports nothing of the SDK, so every module can import it.

KatanaError
├── ConfigurationError            a setting is missing or invalid; nothing was sent
├── RequestError                  a call failed: .method .path .attempts .outcome_unknown
│   ├── ConnectionFailed          no usable answer arrived
│   │   └── TimedOut              ... within the time limit of an attempt or the deadline
│   └── APIError                  Katana answered with an error: .status .name .code .details
│       ├── BadRequest            400
│       ├── Unauthorized          401
│       ├── Forbidden             403
│       ├── NotFound              404
│       ├── Conflict              409
│       ├── PreconditionFailed    412: dependent records prevent a delete
│       ├── ValidationFailed      422: .details has the fields and reasons
│       ├── RateLimited           429: .retry_after
│       └── ServerError           5xx
├── OAuthError                    connecting or refreshing an account failed
│   ├── CallbackError             the callback does not connect an account
│   │   ├── AuthorizationDenied   the user refused the consent
│   │   ├── AuthorizationFailed   the server reported an error: .error
│   │   ├── StateUnknown          the state was never issued, or was used or expired long ago
│   │   ├── StateExpired          the callback came too late
│   │   ├── OtherBrowser          it came to another browser than the one that began
│   │   └── OtherIssuer           it came from another authorization server
│   ├── TokenRequestFailed        no tokens were received: .error .status .outcome_unknown
│   ├── NotConnected              the connection does not exist: .connection_id
│   ├── AlreadyConnected          a connection with this id exists: .connection_id
│   ├── ReauthorizationRequired   a user must connect the account again: .connection_id
│   ├── OtherAccount              the user chose another account than before: .connection_id
│   ├── AccountUnknown            the chosen account cannot be identified: .connection_id
│   ├── TokenStoreError           the token store cannot be read or written
│   ├── KeyUnavailable            the key ring's source or KMS failed: .key_name
│   └── UnsealError               a stored row cannot be decrypted
│       ├── UnknownKey            sealed with a key that is not in the key ring: .key_name
│       ├── WrongKey              sealed with another key of the same name: .key_name
│       ├── RowMoved              sealed for another connection or client
│       ├── RowRolledBack         an older version than the latest one
│       ├── RowTampered           changed since it was sealed
│       └── RowTruncated          cut short, or never sealed
├── DecodingError                 an answer does not fit its model: .collection .record_id .field
│                                 .accepted .response
├── PartialFailure                a write succeeded only in part: .successful .failed
├── ListChanged                   a list changed too much to be read without losing records
├── CursorRefused                 a cursor of a change feed is damaged, or belongs to another feed
└── MassDeletion                  a sweep would delete too many records: .absent .known
"""

from typing import Any, ClassVar

import attrs


@attrs.define(eq=False, repr=False, slots=False, auto_exc=False)
class KatanaError(Exception):
    """Base of all errors of this SDK. No message contains a secret.

    Attributes:
        message: The reason. `str(error)` is the whole text.
    """

    message: str

    def __attrs_post_init__(self) -> None:
        self.args = (self._make_text(),)

    def _make_text(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # By default, pickle cannot rebuild exceptions with keyword-only arguments.
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(cls: type[KatanaError], args: tuple[Any, ...], state: dict[str, Any]) -> KatanaError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(KatanaError):
    """A setting is missing or invalid. Nothing was sent."""


@attrs.define(eq=False, repr=False, slots=False, auto_exc=False)
class RequestError(KatanaError):
    """A call failed.

    Attributes:
        method: The HTTP method.
        path: The path below the base address, without the query.
        attempts: The number of times that the request was sent.
        outcome_unknown: True if the call was a write that Katana may have carried out. Check that
            before you repeat it, since Katana has no idempotency keys.
    """

    method: str = attrs.field(kw_only=True)
    path: str = attrs.field(kw_only=True)
    attempts: int = attrs.field(kw_only=True)
    outcome_unknown: bool = attrs.field(default=False, kw_only=True)

    def _make_text(self) -> str:
        text = f"{self.method} {self.path}: {self._describe()}"
        if self.attempts > 1:
            text += f" (attempt {self.attempts})"
        if self.outcome_unknown:
            text += ". Katana may have carried it out: look before sending it again"
        return text

    def _describe(self) -> str:
        return self.message


class ConnectionFailed(RequestError):
    """No usable answer arrived: the connection was refused or broke, or the answer was not HTTP."""


class TimedOut(ConnectionFailed):
    """No answer arrived within the time limit of one attempt, or within the deadline."""


@attrs.frozen
class Detail:
    """One reason why Katana refused a request body.

    Attributes:
        path: The place in the body, as Katana writes it: `.quantity` or `/rows/0/quantity`.
        code: The violated JSON Schema keyword, such as `required` or `maxLength`.
        message: Katana's text.
        info: Further information from Katana, such as the allowed values.
    """

    path: str | None = None
    code: str | None = None
    message: str | None = None
    info: Any = None

    def __str__(self) -> str:
        return f"{self.path or 'body'}: {self.message or self.code or 'is not accepted'}"


@attrs.frozen
class Problem:
    """The content of an error body. Every field may be missing."""

    name: str | None = None
    code: str | None = None
    message: str | None = None
    details: tuple[Detail, ...] = attrs.field(default=())


@attrs.define(eq=False, repr=False, slots=False, auto_exc=False)
class APIError(RequestError):
    """Katana answered with an error status.

    Attributes:
        status: The HTTP status.
        name: Katana's name of the error, such as `UnprocessableEntityError`.
        code: Katana's code; None if the body has none.
        details: The refused fields and the reasons; empty if the body has none.
        request_id: The request's id from a header, for Katana's support; None if there is none.
    """

    hint: ClassVar[str] = ""

    status: int = attrs.field(kw_only=True)
    name: str | None = attrs.field(default=None, kw_only=True)
    code: str | None = attrs.field(default=None, kw_only=True)
    details: tuple[Detail, ...] = attrs.field(default=(), kw_only=True)
    request_id: str | None = attrs.field(default=None, kw_only=True)

    def _describe(self) -> str:
        text = f"{self.status} {self.name}" if self.name else f"{self.status}"
        text += f": {self.message.rstrip('.')}"
        if self.details:
            text += " [" + "; ".join(str(detail) for detail in self.details[:8])
            hidden = len(self.details) - 8
            text += f"; and {hidden} more]" if hidden > 0 else "]"
        if self.hint:
            text += f". {self.hint}"
        if self.request_id:
            text += f" (request id {self.request_id})"
        return text


class BadRequest(APIError):
    """400: the request is malformed, for example an unknown enumeration value in a filter."""


class Unauthorized(APIError):
    """401: the key or token is not accepted."""

    hint: ClassVar[str] = (
        "Check that the API key is complete, of this account and not deleted (Settings > API), or"
        " with OAuth that base_url is the server that the token is for"
    )


class Forbidden(APIError):
    """403: the key or token has no permission for this call."""


class NotFound(APIError):
    """404: the object does not exist, or it was deleted."""


class Conflict(APIError):
    """409: the state of the object does not allow this call."""


class PreconditionFailed(APIError):
    """412: a precondition is not met, such as a delete while dependent records exist."""


class ValidationFailed(APIError):
    """422: Katana refuses the body; `details` has the fields and the reasons."""


class RateLimited(APIError):
    """429: the quota of the key is used up, and the call may not wait or waited in vain.

    Attributes:
        retry_after: Seconds to wait, from the `Retry-After` header; None if there was none.
    """

    retry_after: float | None = None


class ServerError(APIError):
    """5xx: Katana, or a gateway in front of it, failed."""


_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
    422: ValidationFailed,
    429: RateLimited,
}


def api_error_class(status: int) -> type[APIError]:
    """Return the exception class of an HTTP status."""
    if status >= 500:
        return ServerError
    return _BY_STATUS.get(status, APIError)


@attrs.define(eq=False, repr=False, slots=False, auto_exc=False)
class DecodingError(KatanaError):
    """An answer does not fit the model of the call.

    Attributes:
        collection: The path of the collection, such as `/products`.
        record_id: The id of the record that does not fit; None if it has none.
        field: The field that does not fit, such as `variants[0].sales_price`.
        accepted: True if this is the answer of a write, which Katana has carried out. Do not send
            it again.
        outcome_unknown: Always False, since the answer had a 2xx status.
        value: The value that does not fit, cut to 40 characters, with possible tokens masked; None
            if there is none.
        response: The answer with status, headers and `json()`; None if no client received it.
    """

    outcome_unknown: ClassVar[bool] = False

    collection: str = attrs.field(kw_only=True)
    record_id: object = attrs.field(default=None, kw_only=True)
    field: str | None = attrs.field(default=None, kw_only=True)
    value: str | None = attrs.field(default=None, kw_only=True)
    response: Any = attrs.field(default=None, kw_only=True)
    accepted: bool = attrs.field(default=False, kw_only=True)
    _remedy: str = attrs.field(default="", kw_only=True)

    def _make_text(self) -> str:
        record = "" if self.record_id is None else f" id {self.record_id}"
        field = f", field {self.field}" if self.field else ""
        text = f"{self.collection}{record}{field}: {self.message}"
        if self.value is not None:
            text += f" ({self.value})"
        if self._remedy:
            text += f". {self._remedy}"
        if not self.accepted:
            return text
        return (
            f"{self.response.method} was carried out (status {self.response.status}), but its"
            f" answer cannot be read. {text}. Do not send it again; .response has the answer"
        )

    def of(self, response: Any, *, accepted: bool, remedy: str = "") -> "DecodingError":
        """Return a copy of this error with the answer and a remedy for the caller."""
        return attrs.evolve(self, response=response, accepted=accepted, remedy=remedy)


@attrs.define(eq=False, repr=False, slots=False, auto_exc=False)
class PartialFailure(KatanaError):
    """Katana carried out a part of one call and refused the rest. Nothing is undone.

    Attributes:
        successful: The results of the successful part.
        failed: The refused items, each with Katana's reason.
    """

    successful: tuple[Any, ...] = attrs.field(default=(), kw_only=True)
    failed: tuple[Any, ...] = attrs.field(default=(), kw_only=True)


class ListChanged(KatanaError):
    """A list changed too much during a walk to continue without losing records. Start again.

    It is also raised if a server repeats pages before it has sent the number of records that it
    reports, or stops honouring the requested page size.
    """


class CursorRefused(KatanaError):
    """A cursor is damaged, or of another account, collection or version. Nothing was delivered."""


class MassDeletion(KatanaError):
    """A sweep found so many records absent that a mistake is more likely than their deletion.

    Nothing was deleted. If the records were deleted indeed, run the feed once with
    `allow_mass_deletion=True`.

    Attributes:
        absent: The number of records that are in the mirror and not in the list.
        known: The number of records that the share was computed from.
    """

    def __init__(self, *, absent: int, known: int) -> None:
        self.absent = absent
        self.known = known
        super().__init__(
            f"{absent} records of the mirror are not in the list, of {known}. Check the account and"
            " the mirror; if they were deleted, run the feed once with allow_mass_deletion=True"
        )


class OAuthError(KatanaError):
    """Connecting an account, or refreshing its tokens, failed.

    Attributes:
        return_to: The `return_to` of `OAuthApp.begin`, if `complete` failed in the browser that
            began; pass it to the next `begin`. Otherwise None.
    """

    return_to: str | None = None


class CallbackError(OAuthError):
    """The authorization callback does not connect an account. Begin again."""


class AuthorizationDenied(CallbackError):
    """The user refused the consent (RFC 6749, section 4.1.2.1: access_denied)."""


@attrs.define(eq=False, repr=False, slots=False, auto_exc=False)
class AuthorizationFailed(CallbackError):
    """The authorization server reported an error other than `access_denied`.

    Attributes:
        error: The code, such as `invalid_scope` (RFC 6749, section 4.1.2.1).
    """

    error: str = attrs.field(kw_only=True)


class StateUnknown(CallbackError):
    """The callback's state was never issued, or was deleted long ago: a replay or a forgery."""


class StateExpired(CallbackError):
    """The callback came after its state had expired."""


class OtherBrowser(CallbackError):
    """The callback came to another browser or user than began: a mistake, or login CSRF."""


class OtherIssuer(CallbackError):
    """The callback came from another authorization server (RFC 9207): a mix-up attack."""


@attrs.define(eq=False, repr=False, slots=False, auto_exc=False)
class TokenRequestFailed(OAuthError):
    """The token endpoint returned no tokens.

    Attributes:
        error: The code, such as `invalid_client` (RFC 6749, section 5.2); None without an answer
            that contains one.
        status: The HTTP status; None if there was no answer.
        retry_after: Seconds to wait, from the `Retry-After` header; None if there was none.
        outcome_unknown: True if the server may have issued tokens that did not arrive.
        may_still_happen: True if, in addition, the server may still be processing the request. The
            refresh token is then not used again for a while (`patience`).
    """

    error: str | None = attrs.field(default=None, kw_only=True)
    status: int | None = attrs.field(default=None, kw_only=True)
    retry_after: float | None = attrs.field(default=None, kw_only=True)
    outcome_unknown: bool = attrs.field(default=False, kw_only=True)
    may_still_happen: bool = attrs.field(default=False, kw_only=True)


@attrs.define(eq=False, repr=False, slots=False, auto_exc=False)
class _OfConnection(OAuthError):
    """An error about one connection.

    Attributes:
        connection_id: The id of the connection.
    """

    connection_id: str = attrs.field(kw_only=True)

    def _make_text(self) -> str:
        return f"connection {self.connection_id}: {self.message}"


class NotConnected(_OfConnection):
    """The connection does not exist: it was never made, or it was disconnected."""


class AlreadyConnected(_OfConnection):
    """A connection with this id exists. Its tokens were not replaced."""


class ReauthorizationRequired(_OfConnection):
    """A user must connect the account again. Other connections are not affected."""


class OtherAccount(_OfConnection):
    """The user chose another account than the one of this connection. Nothing was changed."""


class AccountUnknown(_OfConnection):
    """The chosen account could not be identified. The previous connection was not replaced."""


class TokenStoreError(OAuthError):
    """The token store cannot be read or written."""


@attrs.define(eq=False, repr=False, slots=False, auto_exc=False)
class KeyUnavailable(OAuthError):
    """A key is not available now: the secret manager or the KMS failed. Nothing was changed.

    Attributes:
        key_name: The name of the key; None if no single key was requested.
    """

    key_name: str | None = attrs.field(default=None, kw_only=True)


class UnsealError(OAuthError):
    """A stored row cannot be decrypted. It was not changed, and nothing was disconnected."""


@attrs.define(eq=False, repr=False, slots=False, auto_exc=False)
class _NamesKey(UnsealError):
    """A row cannot be decrypted for lack of one key.

    Attributes:
        key_name: The name of the key.
    """

    key_name: str = attrs.field(kw_only=True)


class UnknownKey(_NamesKey):
    """The row was sealed with a key whose name is not in the key ring."""


class WrongKey(_NamesKey):
    """The row was sealed with another key than the one of that name in the key ring."""


class RowMoved(UnsealError):
    """The row was sealed for another connection, or for another client."""


class RowRolledBack(UnsealError):
    """The row is older than the latest version, for example after a backup was restored."""


class RowTampered(UnsealError):
    """The row was changed since it was sealed."""


class RowTruncated(UnsealError):
    """The row was cut short, or it was never sealed."""
