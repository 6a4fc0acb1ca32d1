"""`make facts` applies a changed document to the sandbox; `check-api` lists the differences."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.write_facts import PAGES, main, update_page, write_facts
from katana_async.sandbox import gateway
from tests.openapi import openapi_document

ROOT = Path(__file__).resolve().parents[2]

NEW_OPERATION = {"parameters": [{"in": "query", "name": "since", "schema": {"type": "string"}}]}


def changed_document() -> dict[str, Any]:
    """Return a document with one more optional field, one more value, one more operation."""
    document = openapi_document()
    paths = document["paths"]
    paths["/novelties"] = {"get": NEW_OPERATION}
    body = paths["/customers"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    body["properties"]["loyalty_tier"] = {"type": "string", "maxLength": 10}
    status = paths["/stocktakes"]["get"]["parameters"]
    [schema] = [each["schema"] for each in status if each["name"] == "status"]
    schema["enum"] = [*schema["enum"], "RECOUNTED"]
    return document


USE_THE_SANDBOX = """
import asyncio, json, sys
from katana_async import ApiKey, KatanaClient
from katana_async.sandbox import Sandbox

async def main():
    async with Sandbox(products=5) as sandbox:
        auth = ApiKey(sandbox.api_key)
        async with KatanaClient(auth=auth, base_url=sandbox.base_url) as katana:
            statuses = []
            for body in ({"name": "A", "loyalty_tier": "gold"}, {"name": "A", "loyalty_tier": 7}):
                try:
                    answer = await katana.request("POST", "/customers", json=body)
                    statuses.append(answer.status)
                except Exception as error:
                    statuses.append(error.status)
            for query in ({"status": "RECOUNTED"}, {"status": "LOST"}):
                try:
                    answer = await katana.request("GET", "/stocktakes", query=query)
                    statuses.append(answer.status)
                except Exception as error:
                    statuses.append(error.status)
    print(json.dumps(statuses))

asyncio.run(main())
"""


def test_a_changed_document_reaches_the_sandbox_and_check_api_lists_the_rest(
    tmp_path: Path,
) -> None:
    """Run the command in a copy of the package, use its sandbox, and compare."""
    for package in ("katana_async", "bench"):
        shutil.copytree(ROOT / package, tmp_path / package)
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(changed_document()))

    made = _run(tmp_path, "-m", "bench.write_facts", str(document), "--date", "2026-12")
    assert (made.returncode, made.stderr) == (0, "")
    assert "232 operations" in made.stdout
    used = _run(tmp_path, "-c", USE_THE_SANDBOX)
    assert used.stderr == ""
    assert json.loads(used.stdout) == [200, 422, 200, 400]
    command = "import sys; from katana_async.cli.app import run; sys.exit(run(sys.argv[1:]))"
    checked = _run(tmp_path, "-c", command, "check-api", str(document), "--json")
    assert checked.returncode == 1
    answer = json.loads(checked.stdout)
    assert answer["checked_against"] == {"version": "9.9", "date": "2026-12", "operations": 232}
    found = {(each["operation"], each["place"], each["document"]) for each in answer["differences"]}
    assert found == {
        ("GET /novelties", "", ""),
        ("POST /customers", "body.loyalty_tier", "string"),
        ("GET /stocktakes", "query.status", "RECOUNTED"),
    }
    assert {each["change"] for each in answer["differences"]} == {"missing"}


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_facts_of_a_document_survive_the_way_through_the_file() -> None:
    """The data file, converted to a document of version 3.1 and back, is unchanged."""
    written = json.loads(write_facts(openapi_document(), gateway.source_document().date))
    ours = json.loads((ROOT / "katana_async" / "sandbox" / "gateway.json").read_text())
    assert written["schemas"] == ours["schemas"]
    assert written["operations"].keys() == ours["operations"].keys()
    for name, operation in written["operations"].items():
        assert operation.get("body") == ours["operations"][name].get("body")


def test_a_file_that_is_no_document_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, target = tmp_path / "openapi.json", tmp_path / "gateway.json"
    document.write_text("{}")
    assert main([str(document), "--date", "2026-12", "--to", str(target)]) == 1
    assert not target.exists()
    assert "no OpenAPI document" in capsys.readouterr().err


def test_a_date_of_another_form_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "openapi.json"), "--date", "October"])
    assert "--date takes 2026-10 or 2026-10-07" in capsys.readouterr().err


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_name_the_document_that_the_data_file_was_made_from(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert f"Checked against {gateway.source_document()}." in text
    assert update_page(text, f"Checked against {gateway.source_document()}.") == text
