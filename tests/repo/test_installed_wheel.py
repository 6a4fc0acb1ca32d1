"""The pages run against the built wheel, installed into an environment of its own."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.pages import ROOT

NEWCOMERS = "first_program or (printed and (block or README))"
"""The tests that run the blocks of all pages and the commands of README.md."""


def run(*command: str | Path, folder: Path) -> str:
    """Run a command, and return its output."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The interpreter of an environment with the wheel, and with the packages of this one."""
    build = f"from hatchling.build import build_wheel; print(build_wheel({str(tmp_path)!r}))"
    run(sys.executable, "-c", build, folder=ROOT)
    [wheel] = tmp_path.glob("*.whl")
    run(sys.executable, "-m", "venv", tmp_path / "venv", folder=tmp_path)
    interpreter = tmp_path / "venv" / "bin" / "python"
    run(
        interpreter, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel, folder=tmp_path
    )
    place = run(
        interpreter, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=tmp_path
    )
    # A directory of a .pth file comes after the environment's own, and its .pth files, such as that
    # of an editable install, are not read. It is added last: pip would find the package in it.
    others = Path(place.strip(), "others.pth")
    others.write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return interpreter


@pytest.mark.timeout(600)  # it runs 80 programs and commands
def test_the_pages_run_with_the_wheel(python: Path, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    for name in ("docs", "tests"):
        ignored = shutil.ignore_patterns("_build", "__pycache__", "node_modules")
        shutil.copytree(ROOT / name, pages / name, ignore=ignored)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, pages)

    place = run(python, "-c", "import katana_async; print(katana_async.__file__)", folder=pages)
    assert place.startswith(str(tmp_path / "venv"))
    assert (python.parent / "katana-async").exists()
    arguments = ("-q", "-p", "no:cacheprovider", "-k", NEWCOMERS)
    tests = ("tests/repo/test_docs.py", "tests/repo/test_page_commands.py")
    output = run(python, "-m", "pytest", *arguments, *tests, folder=pages)
    assert "passed" in output
    assert "skipped" not in output
