"""Without dlt or pyarrow, the rest works, and errors name the extra."""

from pathlib import Path

import pytest

from tests.processes import run_python

HIDE = "import sys\nsys.modules[{!r}] = None\n"


@pytest.mark.parametrize("package", ["dlt", "pyarrow"])
def test_exports_need_neither(package: str) -> None:
    run_python(
        HIDE.format(package) + "from katana_async.etl import Exported, export\n"
        "import katana_async.cli.export\n"
    )


def test_a_name_loads_what_it_needs() -> None:
    run_python(
        "import sys, katana_async.etl\n"
        "assert {'dlt', 'pyarrow'}.isdisjoint(sys.modules)\n"
        "assert set(dir(katana_async.etl)) >= {'export', 'katana_source', 'Progress'}\n"
        "from katana_async.etl import katana_source\n"
        "assert 'dlt' in sys.modules\n"
    )


@pytest.mark.parametrize("package", ["dlt", "pyarrow"])
def test_the_error_of_the_source_names_the_extra(package: str) -> None:
    run_python(
        HIDE.format(package) + "try:\n"
        "    from katana_async.etl import katana_source\n"
        "except ImportError as error:\n"
        f"    assert error.name == {package!r}\n"
        f'    assert str(error) == "the dlt source needs {package}: pip install'
        " 'katana-async[etl]'\"\n"
        "else:\n"
        "    raise AssertionError\n"
    )


@pytest.mark.parametrize(
    ("package", "arguments", "message"),
    [
        ("dlt", ["sync"], "the dlt source needs dlt: pip install 'katana-async[etl]'"),
        ("pyarrow", ["sync"], "the dlt source needs pyarrow: pip install 'katana-async[etl]'"),
        (
            "pyarrow",
            ["export", "products", "--to", "products.parquet"],
            "Arrow tables need pyarrow: pip install 'katana-async[arrow]'",
        ),
        (
            "pyarrow",
            ["export", "products", "--to", "products.csv.zst"],
            "Arrow tables need pyarrow: pip install 'katana-async[arrow]'",
        ),
    ],
)
def test_a_command_ends_with_the_error_on_one_line(
    package: str, arguments: list[str], message: str, tmp_path: Path
) -> None:
    run_python(
        HIDE.format(package) + "import contextlib, io, os\n"
        f"os.chdir({str(tmp_path)!r})\n"
        "os.environ['KATANA_API_KEY'] = 'no-key'\n"
        "os.environ['KATANA_BASE_URL'] = 'http://127.0.0.1:9/v1'\n"
        "from katana_async.cli.app import run\n"
        "with contextlib.redirect_stderr(io.StringIO()) as err:\n"
        f"    assert run({arguments!r}) == 1\n"
        f"assert err.getvalue() == {f'katana-async: {message}' + chr(10)!r}, err.getvalue()\n"
    )
    assert list(tmp_path.iterdir()) == []
