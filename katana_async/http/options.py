"""Options of a client or a single call, and the counters of a client."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Literal, TypedDict

import msgspec
from attrs import define, evolve, field, frozen

from ..secrets import Secret
from .extras import PAGING, Fields, merge_fields, parse_fields, parse_headers, parse_query
from .limits.window import Priority
from .messages import Header, Repeat, Request

PriorityName = Literal["interactive", "normal", "bulk"]
_PRIORITIES: dict[str, Priority] = {name.name.lower(): name for name in Priority}

CustomFieldsFormat = Literal["default", "legacy"]
_ABOVE_0 = {"timeout", "connect_timeout", "deadline", "max_response_bytes", "max_retry_after"}

# Read, create and update, and the one search: 17 operations. DELETE takes no such header.
_HAS_CUSTOM_FIELDS = re.compile(
    r"(?:GET|POST|PATCH) /(?:products|materials|services|variants)(?:/[0-9]+)?"
    r"|POST /variants/search"
)


class OptionChanges(TypedDict, total=False):
    """Options as a caller writes them; see `KatanaClient.with_options`."""

    timeout: float
    connect_timeout: float
    deadline: float | None
    retries: int
    max_retry_after: float
    priority: PriorityName
    max_response_bytes: int
    extra_headers: Mapping[str, str] | None
    extra_query: Mapping[str, object] | None
    extra_body: Mapping[str, object] | None
    custom_fields_format: CustomFieldsFormat | None


@frozen
class Options:
    """Options of calls, checked; `KatanaClient.with_options` describes each."""

    timeout: float = 30.0
    connect_timeout: float = 10.0
    deadline: float | None = None
    retries: int = 4
    max_retry_after: float = 120.0
    priority: Priority = field(default=Priority.NORMAL)
    max_response_bytes: int = 64 * 1024 * 1024
    extra_headers: tuple[Header, ...] = field(default=(), repr=False)
    extra_query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    extra_body: Fields = field(factory=Fields, repr=False)
    custom_fields_format: CustomFieldsFormat | None = None

    def changed(self, changes: OptionChanges) -> "Options":
        """Return these options with some changed, or raise TypeError or ValueError.

        `extra_headers` is removed from `changes`, so that no frame of a traceback holds the values
        if an option is refused.
        """
        values: dict[str, Any] = {}
        if "extra_headers" in changes:
            headers = parse_headers(changes.pop("extra_headers"), "extra_headers")
            if isinstance(headers, Exception):
                raise headers
            values["extra_headers"] = headers
        known = OptionChanges.__annotations__
        for name in changes:
            if name not in known:
                raise TypeError(f"unknown option {name!r}; there are {', '.join(known)}")
        values |= changes
        for name in _ABOVE_0 & changes.keys():
            value = values[name]
            is_unset = name == "deadline" and value is None
            if not is_unset and (not isinstance(value, int | float) or not value > 0):
                raise ValueError(f"{name} must be above 0, not {value!r}")
        if changes.get("retries", 0) < 0:
            raise ValueError("retries must be 0 or more")
        if "priority" in changes:
            _check_choice("priority", changes["priority"], _PRIORITIES)
            values["priority"] = _PRIORITIES[changes["priority"]]
        if "extra_query" in changes:
            values["extra_query"] = parse_query(changes["extra_query"])
        if "extra_body" in changes:
            values["extra_body"] = parse_fields(changes["extra_body"])
        wanted = changes.get("custom_fields_format")
        if wanted is not None:
            _check_choice("custom_fields_format", wanted, ("default", "legacy"), ", or None")
        return evolve(self, **values)

    def add_to(self, request: Request) -> Request:
        """Return a request with the extra headers, query parameters and body fields.

        Raises ValueError if `extra_body` would change which page of a search is read.
        """
        has_headers = self.extra_headers or self.custom_fields_format
        if not (has_headers or self.extra_query or self.extra_body):
            return request
        query, body = request.query, request.body
        if self.extra_query:
            replaced = {name for name, _ in self.extra_query}
            query = tuple(pair for pair in query if pair[0] not in replaced) + self.extra_query
        if self.extra_body and body is not None:
            if request.repeat is Repeat.READ and not self.extra_body.keys().isdisjoint(PAGING):
                raise ValueError(
                    "extra_body cannot set limit or page of a search: the walk over it chooses"
                    " them, and would lose records. Read one page with .page(number, limit=...)"
                )
            body = merge_fields(body, self.extra_body)
        headers = self._headers(request)
        return msgspec.structs.replace(request, query=query, body=body, headers=headers)

    def _headers(self, request: Request) -> tuple[Header, ...]:
        headers = [*self.extra_headers, *request.headers]
        chosen = self.custom_fields_format
        if chosen and _HAS_CUSTOM_FIELDS.fullmatch(f"{request.method} {request.path}"):
            headers.insert(0, Header("X-Custom-Fields-Format", Secret(chosen)))
        return tuple({header.name.lower(): header for header in headers}.values())


def _check_choice(name: str, value: object, allowed: Collection[str], more: str = "") -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}{more}, not {value!r}")


@define
class Stats:
    """Counters of a client and of the clients derived from it. They only grow.

    Attributes:
        calls: Method calls; each page of a list is one call.
        requests: Requests sent, including retries.
        retries: Requests that repeat a failed one, or one that was answered with 429.
        rate_limited: Answers with status 429.
        records: Records read from lists and searches.
        skipped: Unreadable records that `Pages.on_error` left out.
        out_of_order: Rows of a list that came before rows which the walk had read already. A large
            number means that the order of the list changes and that the walk may miss records.
        tolerated: Values that deviate from the models and were read, by `model.field: oddity`.
        unknown_fields: Fields that Katana sends and the models lack, by `model.field`, with the
            number of sampled records that have them. The samples are the first records of the first
            3 answers that are read as a model, and of every 100th answer. At most 200 fields are
            counted.
    """

    calls: int = 0
    requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    records: int = 0
    skipped: int = 0
    out_of_order: int = 0
    tolerated: Counter[str] = field(factory=Counter[str])
    unknown_fields: Counter[str] = field(factory=Counter[str])
    _answers: Counter[type[Any]] = field(
        factory=Counter[type[Any]], init=False, repr=False, eq=False
    )

    def count_answer(self, model: type[Any]) -> int:
        """Count an answer that is read as a model, and return the number of those so far."""
        self._answers[model] += 1
        return self._answers[model]
