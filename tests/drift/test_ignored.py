"""A filter that the document declares and the service ignores is no difference."""

import copy
from typing import Any

import pytest

from katana_async.drift import find_drift, read_facts
from katana_async.resources import load
from katana_async.resources._hints import IGNORED


@pytest.mark.parametrize(("path", "name"), IGNORED)
def test_a_filter_that_the_service_ignores_is_declared_by_the_document(
    path: str, name: str, gateway: dict[str, Any]
) -> None:
    changed = copy.deepcopy(gateway)
    operation = changed["paths"][path]["get"]
    operation["parameters"] = [each for each in operation["parameters"] if each["name"] != name]
    [drift] = find_drift(read_facts(changed))
    assert (drift.place, drift.change) == (f"query.{name}", "vanished")


@pytest.mark.parametrize(("path", "name"), IGNORED)
def test_a_filter_that_the_service_ignores_is_refused_with_the_reason(path: str, name: str) -> None:
    collection = load(path.removeprefix("/"))(None)
    with pytest.raises(
        TypeError, match=f"{path} cannot be filtered by '{name}': the service ignores"
    ):
        collection.list(**{name: "x"})
