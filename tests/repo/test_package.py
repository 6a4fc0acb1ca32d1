"""What is installed: the wheel's contents and its metadata."""

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
        for pattern in ("*.py", "*.json", "*.html")
        for path in (ROOT / "katana_async").rglob(pattern)
    ]
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == {str(path.relative_to(ROOT)) for path in files} | {"katana_async/py.typed"}
    assert "katana_async/sandbox/gateway.json" in packed


def test_the_wheel_names_the_command_the_extras_and_the_license(wheel: ZipFile) -> None:
    place = next(name for name in wheel.namelist() if name.endswith("/METADATA"))
    folder = place.removesuffix("METADATA")
    metadata = wheel.read(place).decode()
    for extra in ("sql", "redis", "cli", "etl", "otel"):
        assert f"Provides-Extra: {extra}\n" in metadata
    assert "Requires-Python: >=3.11\n" in metadata
    assert "License-Expression: MIT\n" in metadata
    assert (
        "katana-async = katana_async.cli:main" in wheel.read(f"{folder}entry_points.txt").decode()
    )
    assert any(name.endswith("/licenses/LICENSE") for name in wheel.namelist())


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
