"""The whole exception tree. It imports nothing of the SDK, so anything may raise from it.

KatanaError
├── ConfigurationError            a setting is missing or cannot work; nothing was sent
├── RequestError                  a call failed: .method .path .attempts .outcome_unknown
│   ├── ConnectionFailed          no usable answer arrived
│   │   └── TimedOut              ... in the time allowed (per attempt, or the deadline)
│   └── APIError                  Katana answered with an error: .status .name .code .details
│       ├── BadRequest            400
│       ├── Unauthorized          401
│       ├── Forbidden             403
│       ├── NotFound              404
│       ├── Conflict              409
│       ├── PreconditionFailed    412: a delete is blocked by what belongs to the object
│       ├── ValidationFailed      422: .details say which field and why
│       ├── RateLimited           429: .retry_after
│       └── ServerError           5xx
├── OAuthError                    connecting or refreshing an account failed
│   ├── CallbackError             a callback that connects nothing
│   │   ├── AuthorizationDenied   the person said no
│   │   ├── AuthorizationFailed   the server said why not: .error
│   │   ├── StateUnknown          never issued here, used long ago, or expired long ago
│   │   ├── StateExpired          the person took too long
│   │   ├── OtherBrowser          it came to another browser than the one that began
│   │   └── OtherIssuer           it came from another authorization server
│   ├── TokenRequestFailed        no tokens: .error .status .outcome_unknown
│   ├── NotConnected              there is no such connection: .connection_id
│   ├── AlreadyConnected          there is one of this id: .connection_id
│   ├── ReauthorizationRequired   a person has to connect the account again: .connection_id
│   ├── OtherAccount              reconnected to another account than before: .connection_id
│   ├── AccountUnknown            whose account was chosen cannot be read: .connection_id
│   ├── TokenStoreError           the store of tokens cannot be read or written
│   ├── KeyUnavailable            the key ring's source or KMS does not answer: .key_name
│   └── UnsealError               a stored row is there and does not open
│       ├── UnknownKey            sealed with a key that is not in the key ring: .key_name
│       ├── WrongKey              the key of that name is not the one it was sealed with: .key_name
│       ├── RowMoved              sealed for another connection or client
│       ├── RowRolledBack         an older version than the one that is due
│       ├── RowTampered           changed since it was sealed
│       └── RowTruncated          cut short, or never sealed
├── DecodingError                 an answer that cannot be read: .collection .record_id .field
│                                 .accepted .response
├── PartialFailure                a write did a part of what it was asked: .successful .failed
└── ListChanged                   a list changed so much that reading on could lose records
"""

from typing import Any, ClassVar

from attrs import field, frozen


class KatanaError(Exception):
    """Base of every error that this SDK raises on purpose. No message holds a secret."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions with keyword-only arguments do not survive pickle's default way.
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(cls: type[KatanaError], args: tuple[Any, ...], state: dict[str, Any]) -> KatanaError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(KatanaError):
    """A setting is missing or cannot work. Nothing was sent."""


class RequestError(KatanaError):
    """A call failed.

    Attributes:
        method: The HTTP method.
        path: The path below the base address, without the query.
        attempts: How many times the request was sent.
        outcome_unknown: True when the call was a write that Katana may have carried out. Look
            before doing it again: there is no idempotency key.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str,
        path: str,
        attempts: int,
        outcome_unknown: bool = False,
    ) -> None:
        self.method = method
        self.path = path
        self.attempts = attempts
        self.outcome_unknown = outcome_unknown
        text = f"{method} {path}: {message}"
        if attempts > 1:
            text += f" (attempt {attempts})"
        if outcome_unknown:
            text += ". Katana may have carried it out: look before sending it again"
        super().__init__(text)


class ConnectionFailed(RequestError):
    """No usable answer arrived: refused, reset, cut off, or not HTTP."""


class TimedOut(ConnectionFailed):
    """No answer arrived in the time allowed for one attempt, or for the whole call."""


@frozen
class Detail:
    """One complaint about one field of a request body.

    Attributes:
        path: Where in the body, as Katana writes it: `.quantity` or `/rows/0/quantity`.
        code: The JSON Schema keyword that was broken, such as `required` or `maxLength`.
        message: Katana's sentence.
        info: What else Katana says of it, such as the allowed values.
    """

    path: str | None = None
    code: str | None = None
    message: str | None = None
    info: Any = None

    def __str__(self) -> str:
        where = self.path or "body"
        says = self.message or self.code or "is not accepted"
        return f"{where}: {says}"


@frozen
class Problem:
    """What an error body says, read liberally. Every field may be missing."""

    name: str | None = None
    code: str | None = None
    message: str | None = None
    details: tuple[Detail, ...] = field(default=())


class APIError(RequestError):
    """Katana answered with an error status.

    Attributes:
        status: The HTTP status.
        name: Katana's name for the error, such as `UnprocessableEntityError`.
        code: Katana's code, where it gives one.
        details: What is wrong with which field, where Katana says.
        request_id: The request's id, where a header gives one; Katana's support can look it up.
    """

    hint: ClassVar[str] = ""

    def __init__(
        self,
        problem: Problem,
        *,
        status: int,
        method: str,
        path: str,
        attempts: int,
        request_id: str | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        self.status = status
        self.name = problem.name
        self.code = problem.code
        self.details = problem.details
        self.request_id = request_id
        says = (problem.message or "no reason given").rstrip(".")
        text = f"{status} {problem.name}: {says}" if problem.name else f"{status}: {says}"
        if problem.details:
            text += " [" + "; ".join(str(detail) for detail in problem.details[:8])
            hidden = len(problem.details) - 8
            text += f"; and {hidden} more]" if hidden > 0 else "]"
        if self.hint:
            text += f". {self.hint}"
        if request_id:
            text += f" (request id {request_id})"
        super().__init__(
            text,
            method=method,
            path=path,
            attempts=attempts,
            outcome_unknown=outcome_unknown,
        )


class BadRequest(APIError):
    """400: the request was not understood, for instance an enumeration value in a filter."""


class Unauthorized(APIError):
    """401: the key or token is not accepted."""

    hint = (
        "Check that the API key is complete, of this account and not deleted (Settings > API), or"
        " with OAuth that base_url is the server that the token is for"
    )


class Forbidden(APIError):
    """403: the key or token may not do this."""


class NotFound(APIError):
    """404: there is no such object (or it was deleted)."""


class Conflict(APIError):
    """409: the object is not in a state that allows this."""


class PreconditionFailed(APIError):
    """412: something else must happen first; a delete is blocked by what belongs to the object."""


class ValidationFailed(APIError):
    """422: the body is not accepted; `details` say which field and why."""


class RateLimited(APIError):
    """429: the quota of the key is spent, and waiting for it was not allowed or did not help.

    Attributes:
        retry_after: Seconds that the server asked to wait, or None when it did not say.
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
    """Return the class of error for an HTTP status."""
    if status >= 500:
        return ServerError
    return _BY_STATUS.get(status, APIError)


class DecodingError(KatanaError):
    """An answer cannot be read as what it should be.

    Attributes:
        collection: The path of the collection, such as `/products`.
        record_id: The id of the record that does not fit, where it has one.
        field: The field that does not fit, such as `variants[0].sales_price`.
        accepted: True for the answer of a write: Katana has carried it out. Do not send it again.
        outcome_unknown: Always False: there is an answer with a 2xx status.
        value: The value that does not fit, cut to 40 characters and without what could be a token;
            None where there is none.
        response: The answer as sent, with status, headers and `json()`; None for an answer that was
            not read by a client.
    """

    outcome_unknown = False

    def __init__(
        self,
        message: str,
        *,
        collection: str,
        record_id: object = None,
        field: str | None = None,
        value: str | None = None,
        response: Any = None,
        accepted: bool = False,
        remedy: str = "",
    ) -> None:
        self.reason = message
        self.collection = collection
        self.record_id = record_id
        self.field = field
        self.value = value
        self.response = response
        self.accepted = accepted
        where = collection
        if record_id is not None:
            where += f" id {record_id}"
        if field:
            where += f", field {field}"
        text = f"{where}: {message}"
        if value is not None:
            text += f" ({value})"
        if remedy:
            text += f". {remedy}"
        if accepted:
            text = (
                f"{response.method} was carried out (status {response.status}), but its answer"
                f" cannot be read. {text}. Do not send it again; .response has the answer"
            )
        super().__init__(text)

    def of(self, response: Any, *, accepted: bool, remedy: str = "") -> "DecodingError":
        """Return this error with the answer that it is about, and what a caller can do."""
        return DecodingError(
            self.reason,
            collection=self.collection,
            record_id=self.record_id,
            field=self.field,
            value=self.value,
            response=response,
            accepted=accepted,
            remedy=remedy,
        )


class PartialFailure(KatanaError):
    """Katana did a part of what one call asked for, and refused the rest. Nothing is undone.

    Attributes:
        successful: What was done.
        failed: What was refused, each with Katana's reason.
    """

    def __init__(
        self, message: str, *, successful: tuple[Any, ...] = (), failed: tuple[Any, ...] = ()
    ) -> None:
        self.successful = successful
        self.failed = failed
        super().__init__(message)


class ListChanged(KatanaError):
    """A list changed so much during a walk that going on could lose records: start again.

    Also raised where a server repeats its pages before the number of records that it reports is
    reached, or stops to give pages of the size that was asked for.
    """


class OAuthError(KatanaError):
    """Connecting an account, or refreshing its tokens, failed.

    Attributes:
        return_to: What was given to `OAuthApp.begin` for afterwards, where `complete` failed in the
            browser that began: begin again with it, and nothing is forgotten. Otherwise None.
    """

    return_to: str | None = None


class CallbackError(OAuthError):
    """The authorization callback connects nothing. Begin again."""


class AuthorizationDenied(CallbackError):
    """The person did not allow it (RFC 6749, section 4.1.2.1: access_denied)."""


class AuthorizationFailed(CallbackError):
    """The authorization server refused for another reason than the person's.

    Attributes:
        error: The code, such as `invalid_scope` (RFC 6749, section 4.1.2.1).
    """

    def __init__(self, message: str, *, error: str) -> None:
        self.error = error
        super().__init__(message)


class StateUnknown(CallbackError):
    """The callback's state was never issued here, or it is long gone: a replay, or a forgery."""


class StateExpired(CallbackError):
    """The callback came later than was allowed for."""


class OtherBrowser(CallbackError):
    """The callback came to another browser, or user, than began: a login CSRF, or a mistake."""


class OtherIssuer(CallbackError):
    """The callback came from another authorization server (RFC 9207): a mix-up."""


class TokenRequestFailed(OAuthError):
    """The token endpoint gave no tokens.

    Attributes:
        error: The code, such as `invalid_client` (RFC 6749, section 5.2); None when the answer was
            no such error, or there was none.
        status: The HTTP status; None when there was no answer.
        retry_after: Seconds that the server asked to wait, where it did.
        outcome_unknown: True when the server may have issued tokens that never arrived.
        may_still_happen: True when, on top of that, the server may still be at it. A refresh token
            is left alone then for a while (`patience`).
    """

    def __init__(
        self,
        message: str,
        *,
        error: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
        may_still_happen: bool = False,
    ) -> None:
        self.may_still_happen = may_still_happen
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown
        super().__init__(message)


class _OfConnection(OAuthError):
    """An error about one connection.

    Attributes:
        connection_id: Which.
    """

    def __init__(self, message: str, *, connection_id: str) -> None:
        self.connection_id = connection_id
        super().__init__(f"connection {connection_id}: {message}")


class NotConnected(_OfConnection):
    """There is no such connection: it was never made, or it was disconnected."""


class AlreadyConnected(_OfConnection):
    """There is a connection of this id, so no other tokens were put in its place."""


class ReauthorizationRequired(_OfConnection):
    """A person has to connect the account again. Other connections are not touched."""


class OtherAccount(_OfConnection):
    """The person connected another account than this connection was for. Nothing was changed."""


class AccountUnknown(_OfConnection):
    """Katana did not show whose account was connected: the one before was not replaced."""


class TokenStoreError(OAuthError):
    """The store of tokens cannot be read or written."""


class KeyUnavailable(OAuthError):
    """A key cannot be had right now: the secret manager or the KMS failed. Nothing was changed.

    Attributes:
        key_name: The name of the key, where one is asked for by name.
    """

    def __init__(self, message: str, *, key_name: str | None = None) -> None:
        self.key_name = key_name
        super().__init__(message)


class UnsealError(OAuthError):
    """A stored row is there, and does not open. It was left as it is; nothing is disconnected."""


class _NamesKey(UnsealError):
    """A row that one key would open.

    Attributes:
        key_name: The name of the key.
    """

    def __init__(self, message: str, *, key_name: str) -> None:
        self.key_name = key_name
        super().__init__(message)


class UnknownKey(_NamesKey):
    """The row was sealed with a key whose name is not in the key ring."""


class WrongKey(_NamesKey):
    """The key of that name is another one than the row was sealed with."""


class RowMoved(UnsealError):
    """The row was sealed for another connection, or for another client."""


class RowRolledBack(UnsealError):
    """The row is an older version than the one that is due, as after restoring a backup."""


class RowTampered(UnsealError):
    """The row was changed since it was sealed."""


class RowTruncated(UnsealError):
    """The row was cut short, or it was never sealed."""
