"""whoami and operations."""

from katana_async.resources.operations import operations
from katana_async.sandbox import Sandbox

from .conftest import Katana


def test_whoami_says_whose_key_it_is(katana: Katana, sandbox: Sandbox) -> None:
    said = katana("whoami").json()
    assert "@" in said["email"]
    assert said["company"]
    assert said["base_url"] == sandbox.base_url
    assert katana("whoami", "-o", "table").out.startswith("user ")


def test_operations_are_those_of_the_sdk(katana: Katana, sandbox: Sandbox) -> None:
    listed = katana("operations", "--json").json()
    assert len(listed) == len(operations())
    assert listed[0].keys() == {"method", "path", "attribute", "python_method"}
    assert {
        "method": "POST",
        "path": "/bom_rows/batch/create",
        "attribute": "bom_rows",
        "python_method": "create_many",
    } in listed
    assert katana("operations").lines() == listed
    assert len(sandbox.journal) == 0


def test_operations_need_no_key(katana: Katana, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # pytest's own
    monkeypatch.delenv("KATANA_API_KEY")
    assert "create_many" in katana("operations", "-o", "table").out
