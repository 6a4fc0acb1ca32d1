"""Tables: they fit the terminal, and a terminal of any encoding shows them."""

import json
from typing import Any

import pytest

from katana_async.cli.options import Output
from katana_async.cli.output import make_writer, show
from katana_async.etl.text import to_json_text
from katana_async.resources import RESOURCES, load
from katana_async.sandbox import Sandbox
from tests.cli.processes import on_terminal

from .conftest import Katana

LONG = "Extraordinarily long words, " * 20
UUID = "0b2a1f3e-5d4c-4b6a-8978-0123456789ab"
LISTS = [name for name in RESOURCES if hasattr(load(name), "list")]


@pytest.fixture
def screen(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write records as a table of a given width; return its lines and stderr."""

    def screen(records: list[dict[str, Any]], *names: str, width: int = 80) -> Any:
        monkeypatch.setenv("COLUMNS", str(width))
        target = make_writer(Output.TABLE, "products", names)
        for record in records:
            target.write(record)
        target.close()
        shown = capfdbinary.readouterr()
        return shown.out.decode().splitlines(), shown.err.decode()

    return screen


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_each_record_is_one_line_that_fits(screen: Any, width: int) -> None:
    records = [
        {"id": number, "name": LONG, "uom": "pcs\npcs", "category_name": "木材" * 30}
        for number in range(3)
    ]
    lines, _ = screen(records, width=width)
    assert len(lines) == 1 + len(records)
    assert all(text_width(line) <= width for line in lines)


def text_width(line: str) -> int:
    return sum(2 if character in "木材" else 1 for character in line)


def test_a_long_text_ends_in_an_ellipsis_and_the_rest_is_whole(screen: Any) -> None:
    record = {"id": 12345678, "name": LONG, "uom": "pcs", "updated_at": "2026-01-31T09:00:00.000Z"}
    lines, complaint = screen([record])
    assert "…" in lines[1]
    assert lines[1].endswith("2026-01-31 09:00Z")
    assert complaint == ""


def test_columns_of_ids_and_numbers_are_left_out_and_not_cut(screen: Any) -> None:
    record = {"id": UUID, "name": "Oak", "supplier_id": UUID, "category_name": "1234567.0000000"}
    lines, complaint = screen([record], *record, width=50)
    assert lines[0].split() == ["id", "name"]
    assert lines[1].split() == [UUID, "Oak"]
    assert "left out to fit 50 columns: supplier_id, category_name" in complaint


def test_one_column_is_shown_on_any_terminal(screen: Any) -> None:
    lines, _ = screen([{"id": UUID}], "id", width=10)
    assert lines[1] == f"{UUID[:9]}…"


@pytest.mark.parametrize("width", [30, 80])
def test_one_record_breaks_between_words_only(
    width: int, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    record = {"id": 7, "name": LONG, "url": f"https://example.com/{'x' * 200}", "rows": [{"a": 1}]}
    show(record, Output.TABLE, "products")
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert all(len(line) <= width for line in lines)
    words = [word for line in lines for word in line.split()]
    assert words.count("Extraordinarily") == words.count("words,") == 20
    assert [word[-1] for word in words if word.startswith("https:")] == ["…"]


@pytest.mark.parametrize("resource", LISTS)
def test_every_collection_fits_80_columns(resource: str, katana: Katana) -> None:
    done = katana("list", resource, "-n", "3", "-o", "table")
    assert all(len(line) <= 80 for line in done.out.splitlines())


@pytest.mark.parametrize("locale", ["ascii", "iso8859-5"])
@pytest.mark.parametrize(
    "arguments",
    [("list", "customers", "-n", "1"), ("--help",), ("list", "--help"), ("login", "--help")],
)
def test_a_terminal_that_is_not_utf_8_gets_question_marks(
    locale: str, arguments: tuple[str, ...], environment: dict[str, str], sandbox: Sandbox
) -> None:
    sandbox.store["customers"].create({"name": f"Žluťoučký {LONG}", "currency": "USD"})
    variables = {**environment, "PYTHONIOENCODING": locale, "COLUMNS": "80"}
    shown = on_terminal(*arguments, environment=variables)
    assert (shown.status, "Traceback" in shown.err) == (0, False)
    assert shown.out.isascii()
    if arguments[0] == "list" and arguments[1] != "--help":
        assert "?lu" in shown.out
        assert "..." in shown.out


def test_json_on_a_terminal_that_is_not_utf_8_is_escaped_and_exact(
    environment: dict[str, str], sandbox: Sandbox
) -> None:
    name = "Žluťoučký 木 🌲 \x9b"
    sandbox.store["customers"].create({"name": name, "currency": "USD"})
    variables = {**environment, "PYTHONIOENCODING": "ascii"}
    shown = on_terminal("list", "customers", "-n", "1", "-o", "jsonl", environment=variables)
    assert shown.out.isascii()
    assert json.loads(shown.out)["name"] == name


def test_json_in_a_pipe_is_utf_8_whatever_the_locale(
    environment: dict[str, str], sandbox: Sandbox
) -> None:
    sandbox.store["customers"].create({"name": "Žluťoučký", "currency": "USD"})
    variables = {**environment, "PYTHONIOENCODING": "ascii"}
    shown = on_terminal("list", "customers", "-n", "1", environment=variables, out=False)
    assert "Žluťoučký" in shown.out


@pytest.mark.parametrize("number", ["1e400", "-1E+400", "9" * 400, str(2**64), "1e-400", "0.10"])
def test_numbers_of_any_size_are_written(
    number: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    value = text_to_value(f'{{"id": 1, "name": {number}}}')
    for form in Output:
        show(value, form, "products")
        show([value], form, "products")
        shown = capfdbinary.readouterr().out.decode()
        assert form is Output.TABLE or text_to_value(number) in values_of(shown)


def text_to_value(text: str) -> Any:
    from katana_async.http.messages import parse_json

    return parse_json(text.encode())


def values_of(shown: str) -> list[Any]:
    words = shown.replace(",", " ").replace(":", " ").replace("}", " ").split()
    return [text_to_value(word) for word in words if word[0].isdigit() or word[0] == "-"]


def test_a_lone_surrogate_beside_a_large_number_is_a_mark() -> None:
    assert to_json_text({"a": ["half \ud83d", 10**30]}) == b'{"a":["half ?",%d]}' % 10**30
