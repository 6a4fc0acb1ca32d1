"""Type checkers accept correct calls, and find the marked mistakes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
FILES = (
    *("mistakes.py", "mistakes_actions.py", "mistakes_models.py"),
    *("usage.py", "usage_actions.py", "usage_models.py"),
)

Lines = dict[str, set[int]]


def find_marks(*marks: str) -> Lines:
    """Return the lines with these marks, by file."""
    return {
        name: {
            number
            for number, line in enumerate((HERE / name).read_text().splitlines(), start=1)
            if line.endswith(("# error", *marks))
        }
        for name in FILES
    }


def run(*command: str) -> str:
    """Run a checker over both files, from where the project's own settings and package are."""
    result = subprocess.run(
        [sys.executable, "-m", *command, *(str(HERE / name) for name in FILES)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert result.returncode in (0, 1), result.stdout + result.stderr
    return result.stdout


def collect(findings: list[tuple[str, int]]) -> Lines:
    lines: Lines = {name: set() for name in FILES}
    for file, line in findings:
        path = PROJECT / file
        if path.parent == HERE:  # the package itself is checked elsewhere
            lines[path.name].add(line)
    return lines


def test_there_are_mistakes_to_find_and_none_in_what_users_should_write() -> None:
    assert len(find_marks()["mistakes.py"]) > 30
    assert len(find_marks()["mistakes_actions.py"]) > 25
    assert len(find_marks("# error of mypy")["mistakes_models.py"]) >= 9
    correct = [name for name in FILES if name.startswith("usage")]
    assert not [name for name in correct if find_marks()[name]]


def test_mypy_finds_the_mistakes_and_nothing_else() -> None:
    output = run("mypy", "--strict", "--no-color-output")
    found = re.findall(r"^(.+?\.py):(\d+)(?::\d+)?: error:", output, re.MULTILINE)
    expected = find_marks("# error of mypy")  # pyright does not check attrs.evolve
    assert collect([(file, int(line)) for file, line in found]) == expected, output


# The first run on a machine fetches pyright itself.
@pytest.mark.timeout(600)
def test_pyright_finds_the_mistakes_and_nothing_else() -> None:
    output = run("pyright", "--outputjson", "--pythonpath", sys.executable)
    found = [
        (finding["file"], finding["range"]["start"]["line"] + 1)
        for finding in json.loads(output)["generalDiagnostics"]
        if finding["severity"] == "error"
    ]
    assert collect(found) == find_marks(), output
