"""The API's errors, and their bodies."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from attrs import asdict, define, frozen

PathStyle = Literal["pointer", "dotted"]


@frozen
class ErrorDetail:
    """An invalid value of a body or a parameter.

    Attributes:
        path: Names and indexes from the body's top to the value; empty for the body itself.
        code: The JSON Schema keyword that is violated.
        info: The keyword's parameters; their names depend on the keyword.
    """

    path: tuple[str | int, ...]
    code: str
    message: str
    info: dict[str, Any]


@define
class RequestRefused(Exception):
    """The error that answers a request."""

    status: int
    name: str
    message: str
    code: str | None = None
    details: Sequence[ErrorDetail] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def body(self, style: PathStyle, *, wrapped: bool) -> dict[str, Any]:
        """Return the error body.

        Args:
            style: The form of paths in details: `/rows/0/quantity` or `.rows[0].quantity`.
            wrapped: Whether the body is inside `{"error": ...}`.
        """
        body: dict[str, Any] = {
            "statusCode": self.status,
            "name": self.name,
            "message": self.message,
        }
        if self.code is not None:
            body["code"] = self.code
        if self.details:
            body["details"] = [
                {**asdict(each), "path": _write_path(each.path, style)} for each in self.details
            ]
        return {"error": body} if wrapped else body


def _write_path(path: Iterable[str | int], style: PathStyle) -> str:
    if style == "pointer":
        return "".join(f"/{part}" for part in path)
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def bad_request(message: str, *details: ErrorDetail, code: str | None = None) -> RequestRefused:
    """Return a 400: the request cannot be parsed, or a parameter is not valid."""
    return RequestRefused(400, "BadRequestError", message, code, details)


def unauthorized_request() -> RequestRefused:
    """Return a 401: the key is missing or not valid."""
    return RequestRefused(401, "UnauthorizedError", "The request carries no valid API key.")


def not_found(what: str, given: object) -> RequestRefused:
    """Return a 404: no such record, or no such operation."""
    return RequestRefused(404, "NotFoundError", f"There is no {what} {given}.", "ENTITY_NOT_FOUND")


def precondition_failed(message: str) -> RequestRefused:
    """Return a 412: the state of other records prevents the operation."""
    return RequestRefused(412, "PreconditionFailedError", message)


def unprocessable(*details: ErrorDetail) -> RequestRefused:
    """Return a 422: the body is JSON, but not valid for the operation."""
    message = "The request body is not valid; each problem is listed under details."
    return RequestRefused(422, "UnprocessableEntityError", message, "VALIDATION_FAILED", details)


def invalid_reference(message: str, *path: str | int, collection: str = "") -> RequestRefused:
    """Return a 422: an id in the body refers to no suitable record."""
    info = {"collection": collection} if collection else {}
    return unprocessable(ErrorDetail(path, "reference", message, info))


def too_many_requests(retry_after: int) -> RequestRefused:
    """Return a 429: the key's quota is exhausted."""
    message = f"The rate limit of this key is used up; try again in {retry_after} s."
    headers = (("Retry-After", str(retry_after)),)
    return RequestRefused(429, "TooManyRequestsError", message, headers=headers)
