"""What the API refuses, and how a refusal is written."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from attrs import asdict, define, frozen

PathStyle = Literal["pointer", "dotted"]


@frozen
class Problem:
    """One thing that is wrong with a body or a parameter.

    Attributes:
        path: Names and indexes from the body's top to the value; empty for the body itself.
        code: The JSON Schema keyword that is not met.
        info: What the keyword says, by names of its own.
    """

    path: tuple[str | int, ...]
    code: str
    message: str
    info: dict[str, Any]


@define
class Refusal(Exception):
    """A request that is answered with an error."""

    status: int
    name: str
    message: str
    code: str | None = None
    problems: Sequence[Problem] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def body(self, style: PathStyle, *, wrapped: bool) -> dict[str, Any]:
        """Return the error body.

        Args:
            style: How the paths of details are written: `/rows/0/quantity` or `.rows[0].quantity`.
            wrapped: Whether it is put inside `{"error": ...}`.
        """
        body: dict[str, Any] = {
            "statusCode": self.status,
            "name": self.name,
            "message": self.message,
        }
        if self.code is not None:
            body["code"] = self.code
        if self.problems:
            body["details"] = [
                {**asdict(each), "path": _write_path(each.path, style)} for each in self.problems
            ]
        return {"error": body} if wrapped else body


def _write_path(path: Iterable[str | int], style: PathStyle) -> str:
    if style == "pointer":
        return "".join(f"/{part}" for part in path)
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def bad_request(message: str, *problems: Problem, code: str | None = None) -> Refusal:
    """400: the request cannot be read, or a parameter has a value it cannot have."""
    return Refusal(400, "BadRequestError", message, code, problems)


def unauthorized() -> Refusal:
    """401: there is no key, or it is not (or no longer) valid."""
    return Refusal(401, "UnauthorizedError", "The request carries no valid API key.")


def not_found(what: str, given: object) -> Refusal:
    """404: there is no such record, or no such operation."""
    return Refusal(404, "NotFoundError", f"There is no {what} {given}.", "ENTITY_NOT_FOUND")


def blocked(message: str) -> Refusal:
    """412: something else stands in the way."""
    return Refusal(412, "PreconditionFailedError", message)


def invalid(problems: Iterable[Problem]) -> Refusal:
    """422: the body is JSON, but not what the operation takes."""
    message = "The request body is not valid; each problem is listed under details."
    found = tuple(problems)
    return Refusal(422, "UnprocessableEntityError", message, "VALIDATION_FAILED", found)


def too_many(retry_after: int) -> Refusal:
    """429: the key has used up its window."""
    message = f"The rate limit of this key is used up; try again in {retry_after} s."
    headers = (("Retry-After", str(retry_after)),)
    return Refusal(429, "TooManyRequestsError", message, headers=headers)
