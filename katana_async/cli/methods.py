"""Which of the commands a resource has, and what its methods take."""

import inspect
from collections.abc import Mapping
from typing import Any

from ..resources import load
from ..resources._ids import number_segment, uuid_segment
from .problems import UsageProblem, checked
from .values import checked_body, filters, keyword_types, keywords_of

COMMANDS = ("list", "get", "create", "update", "delete")
"""Each is the method of the same name, where a resource has it."""


def method_of(resource: str, command: str) -> Any:
    """Return the method behind a command for a resource.

    Raises:
        UsageProblem: Katana does not offer that for this resource.
    """
    cls = load(resource)
    method = getattr(cls, command, None)
    if method is None:
        has = ", ".join(name for name in COMMANDS if hasattr(cls, name))
        if actions := ", ".join(_actions(resource)):
            has += f"; send with 'request': {actions}"
        raise UsageProblem(f"Katana offers no {command!r} for {resource}; it has {has}")
    return method


def _actions(resource: str) -> list[str]:
    """Say what else can be done with a resource, and which request does it."""
    from ..resources.operations import operations  # loads every area: only for those who went wrong

    return [
        f"{one.python_method} ({one.method} {one.path})"
        for one in operations()
        if one.attribute == resource and one.python_method not in COMMANDS
    ]


def named(resource: str, command: str, id: str | None) -> tuple[int | str, ...]:
    """Return the id as the method takes it: nothing where it takes none.

    Raises:
        UsageProblem: An id is missing, or is given where there is none, or is of another kind.
    """
    takes_one = "id" in inspect.signature(method_of(resource, command)).parameters
    if takes_one and id is None:
        raise UsageProblem(f"which of the {resource}? An id is missing")
    if not takes_one and id is not None:
        raise UsageProblem(f"{command} {resource} takes no id: leave {id!r} out")
    return () if id is None else (_id_of(load(resource), id),)


def _id_of(cls: type[Any], text: str) -> int | str:
    whose = cls.path.lstrip("/")
    with checked():
        if cls.uuids:
            return uuid_segment(text, whose)
        # Longer ones are no ids, and Python refuses to read very long ones.
        is_number = text.isascii() and text.isdigit() and len(text) < 20
        return int(number_segment(int(text) if is_number else text, whose))


def filters_of_one(resource: str, texts: list[str]) -> Mapping[str, object]:
    """Return what `get` takes beside an id, written as `name=value`.

    Raises:
        UsageProblem: The method does not take it, or one is missing that names the record.
    """
    method = method_of(resource, "get")
    given = filters(texts, keyword_types(method), f"get {resource}")
    keywords = keywords_of(method)
    needed: frozenset[str] = keywords.__required_keys__ if keywords else frozenset()
    missing = sorted(needed - given.keys())
    if missing:
        options = " ".join(f"--filter {name}=..." for name in missing)
        raise UsageProblem(f"which of the {resource}? Say it with {options}")
    return given


def body_of_delete(resource: str, fields: dict[str, Any] | None) -> dict[str, Any]:
    """Return what `delete` takes instead of an id, which is nothing for most resources.

    Raises:
        UsageProblem: It is missing, or is given where an id says all.
    """
    types = keyword_types(method_of(resource, "delete"))
    if types and fields is None:
        raise UsageProblem(f"delete {resource} needs --data, with {', '.join(types)}")
    if fields is not None and not types:
        raise UsageProblem(f"delete {resource} takes no --data: the id says it")
    return checked_body(fields or {}, types, resource)
