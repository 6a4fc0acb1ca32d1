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
├── DecodingError                 an answer that cannot be read: .collection .record_id .field
├── PartialFailure                a write did a part of what it was asked: .successful .failed
├── ListChanged                   a list changed so much during a walk that going on could lose
records
├── OAuthError                    connecting or refreshing an account failed
│   └── ReauthorizationRequired   a person has to connect the account again
└── WebhookError                  a delivery that must not be trusted
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
        says = problem.message or "no reason given"
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

    hint = "Check that the key is complete, of this account and not deleted (Settings > API)"


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
    """

    def __init__(
        self,
        message: str,
        *,
        collection: str,
        record_id: object = None,
        field: str | None = None,
    ) -> None:
        self.collection = collection
        self.record_id = record_id
        self.field = field
        where = collection
        if record_id is not None:
            where += f" id {record_id}"
        if field:
            where += f", field {field}"
        super().__init__(f"{where}: {message}")


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
    """A list changed so much during a walk that going on could lose records: start again."""


class OAuthError(KatanaError):
    """Connecting an account, or refreshing its tokens, failed."""


class ReauthorizationRequired(OAuthError):
    """A person has to connect the account again."""


class WebhookError(KatanaError):
    """A webhook delivery that must not be trusted."""
