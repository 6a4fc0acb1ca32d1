"""The wheel's contents and its metadata."""

import re
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.processes import run_python

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel, as pip would build it."""
    folder = tmp_path_factory.mktemp("wheel")
    run_python(
        f"import os; os.chdir({str(ROOT)!r})\n"
        "from hatchling.build import build_wheel\n"
        f"print(build_wheel({str(folder)!r}))"
    )
    return ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_every_module_and_says_it_is_typed(wheel: ZipFile) -> None:
    files = [
        path
        for pattern in ("*.py", "*.json", "*.toml", "*.html", "*.css")
        for path in (ROOT / "katana_async").rglob(pattern)
    ]
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == {str(path.relative_to(ROOT)) for path in files} | {"katana_async/py.typed"}
    assert "katana_async/sandbox/gateway.json" in packed


def test_the_wheel_names_the_command_the_extras_and_the_license(wheel: ZipFile) -> None:
    place = next(name for name in wheel.namelist() if name.endswith("/METADATA"))
    folder = place.removesuffix("METADATA")
    metadata = wheel.read(place).decode()
    extras = re.findall(r"^Provides-Extra: (.+)$", metadata, re.MULTILINE)
    assert sorted(extras) == ["arrow", "cli", "etl", "redis", "sql"]
    assert re.search(r"^Project-URL: .+, https://", metadata, re.MULTILINE)
    assert "Requires-Python: >=3.11\n" in metadata
    assert "License-Expression: MIT\n" in metadata
    assert (
        "katana-async = katana_async.cli:main" in wheel.read(f"{folder}entry_points.txt").decode()
    )
    assert any(name.endswith("/licenses/LICENSE") for name in wheel.namelist())


def test_every_extra_has_code_that_imports_its_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    modules = (ROOT / "katana_async").rglob("*.py")
    code = "".join(path.read_text(encoding="utf-8") for path in modules)
    for requirements in project["optional-dependencies"].values():
        for requirement in requirements:
            name = re.split(r"[^\w-]", requirement)[0].replace("-", "_")
            # SQLAlchemy imports the drivers, which are named in database addresses.
            assert re.search(rf"(import|from) {name}\b|\+{name}\b", code), name


def test_the_long_description_has_no_link_that_is_relative_to_the_repository(
    wheel: ZipFile,
) -> None:
    place = next(name for name in wheel.namelist() if name.endswith("/METADATA"))
    _, _, description = wheel.read(place).decode().partition("\n\n")
    links = re.findall(r"\]\(([^)]+)\)", description)
    assert links
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    assert "The tutorial goes on from here." in description


def test_the_version_is_said_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = run_python("import katana_async; print(katana_async.__version__)")
    assert said.strip() == project["version"]


def test_every_python_that_is_promised_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = [
        line.rpartition(" ")[2].replace(".", "")
        for line in project["classifiers"]
        if line.startswith("Programming Language :: Python :: 3.")
    ]
    tox = (ROOT / "tox.ini").read_text(encoding="utf-8")
    assert promised
    assert all(f"py{version}" in tox for version in promised)
    assert f"{sys.version_info.major}{sys.version_info.minor}" in promised
