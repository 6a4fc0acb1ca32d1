"""The command sync: tables in DuckDB, its summary and its errors."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

pytest.importorskip("dlt", reason="dlt is not installed")

import duckdb

from katana_async import KatanaClient
from katana_async.errors import MassDeletion
from katana_async.sandbox import RateLimit, Sandbox, faults, threaded

from .conftest import Account, Katana, Ran, forget_login
from .processes import on_terminal, running

# dlt leaves event loops for the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

COLLECTIONS = ("products", "customers")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, which also has dlt's working files."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with threaded(Sandbox(products=300, rate_limit=RateLimit(100_000))) as sandbox:
        yield sandbox


def query(sql: str, file: str = "katana.duckdb") -> list[Any]:
    with duckdb.connect(file, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def count(sandbox: Sandbox, collection: str) -> int:
    return len(sandbox.store[collection].ids(archived=True))


def counts_of(done: Ran) -> dict[str, int]:
    return {line["collection"]: line["changes"] for line in done.lines()}


def test_the_second_run_loads_what_has_changed(katana: Katana, sandbox: Sandbox) -> None:
    first = katana("sync", *COLLECTIONS)
    assert first.status == 0
    totals = {name: count(sandbox, name) for name in COLLECTIONS}
    assert counts_of(first) == totals
    summary = f"katana-async: {sum(totals.values())} records and deletions of 2 collections in "
    assert first.err.startswith(summary)
    assert first.err.endswith(" s, now in duckdb:///katana.duckdb\n")
    assert query("SELECT count(*) FROM products") == [(totals["products"],)]

    second = katana("sync", *COLLECTIONS)
    assert (second.status, second.out) == (0, "")
    assert second.err.startswith("katana-async: 0 records and deletions of 2 collections")

    sandbox.store["customers"].delete(sandbox.store["customers"].ids()[0])
    product = sandbox.store["products"].ids()[0]
    sandbox.store["products"].update(product, {"name": "Changed"})
    third = katana("sync", *COLLECTIONS)
    assert counts_of(third)["products"] == 1
    assert query(f"SELECT name FROM products WHERE id = {product}") == [("Changed",)]


def test_full_copies_the_named_collections_again(katana: Katana, sandbox: Sandbox) -> None:
    assert katana("sync", *COLLECTIONS).status == 0
    with duckdb.connect("katana.duckdb") as connection:
        connection.execute("UPDATE products SET name = 'wrong'")
    done = katana("sync", "products", "--full")
    assert counts_of(done) == {"products": count(sandbox, "products")}
    assert "records and deletions of 1 collection in " in done.err
    assert query("SELECT count(*) FROM products") == [(count(sandbox, "products"),)]
    assert query("SELECT count(*) FROM products WHERE name = 'wrong'") == [(0,)]
    assert query("SELECT count(*) FROM customers") == [(count(sandbox, "customers"),)]


def test_the_dataset_and_tables_of_rows_are_by_choice(katana: Katana, sandbox: Sandbox) -> None:
    arguments = ("--to", "duckdb:///other.duckdb", "--dataset", "erp", "--tables")
    assert katana("sync", "sales-orders", *arguments).status == 0
    [(rows,)] = query("SELECT count(*) FROM erp.sales_orders__sales_order_rows", "other.duckdb")
    assert rows == count(sandbox, "sales_order_rows")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("producs",), "there is no resource 'producs': did you mean 'products'?"),
        (("products,variants",), "separate several by blanks, not commas"),
        (("user-info",), "Katana offers no 'list' for user_info"),
        (("products", "--to", "mysql://db/katana"), "mysql:// is no known destination"),
        (("products", "--to", "warehouse"), "dlt has no destination 'warehouse'"),
        (("products", "--to", "duckdb://katana.duckdb"), "write duckdb:///katana.duckdb"),
        (("products", "--dataset", "katana"), "DuckDB needs other names"),
        (("--tenant", "acme", "--connection", "acme"), "--tenant cannot be combined"),
        (("--schemas",), "--schemas needs --tenant"),
    ],
)
def test_a_wrong_command_sends_nothing(
    katana: Katana, sandbox: Sandbox, folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = katana("sync", *arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert sandbox.journal.count() == 0
    assert list(folder.iterdir()) == []


def test_a_wrong_key(katana: Katana, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KATANA_API_KEY", "wrong")
    done = katana("sync", "products")
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert "401 UnauthorizedError" in done.err


def test_destinations_that_cannot_be_reached(katana: Katana) -> None:
    # Port 9 of this machine has no server.
    away = katana("sync", "products", "--to", "postgresql://me:hidden-word@127.0.0.1:9/katana")
    assert (away.status, away.out, away.err.count("\n")) == (1, "", 1)
    assert away.err.startswith("katana-async: postgresql://me@127.0.0.1:9/katana: connection to")
    assert "Connection refused" in away.err
    assert "hidden-word" not in away.err

    missing = katana("sync", "products", "--to", "duckdb:///missing/katana.duckdb")
    assert (missing.status, missing.err.count("\n")) == (1, 1)
    assert "missing/katana.duckdb" in missing.err
    assert "No such file or directory" in missing.err


def test_missing_settings_of_a_destination_are_named(katana: Katana) -> None:
    done = katana("sync", "products", "--to", "filesystem")
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith(
        "katana-async: dlt's configuration lacks settings of the destination filesystem:"
        " DESTINATION__FILESYSTEM__BUCKET_URL. Set these environment variables, or"
    )
    many = katana("sync", "products", "--to", "bigquery")
    assert many.status == 1
    assert "DESTINATION__BIGQUERY__CREDENTIALS__PROJECT_ID, DESTINATION__BIGQUERY" in many.err
    assert "CLIENT_SECRET" not in many.err  # of the other kind of credentials
    assert len(many.err) < 500


@pytest.mark.parametrize("full", ["destination", "dlt"])
def test_a_run_goes_on_when_a_full_disk_has_room_again(
    katana: Katana,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    full: str,
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    size = "100k" if full == "destination" else "1m"
    mounted = ("mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(small))
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        file = "small.duckdb"
        if full == "destination":
            file = str(small / "k.duckdb")
        else:
            monkeypatch.setenv("DLT_DATA_DIR", str(small / "dlt"))
            (small / "filler").write_bytes(bytes(2**20 - 2**15))
        done = katana("sync", "products", "--to", f"duckdb:///{file}")
        assert (done.status, done.err.count("\n")) == (1, 1)
        assert "no space left on the disk" in done.err
        assert "it goes on where it ended" in done.err
        subprocess.run(("mount", "-o", "remount,size=100m", str(small)), check=True)
        assert katana("sync", "products", "--to", f"duckdb:///{file}").status == 0
        assert query("SELECT count(*) FROM products", file) == [(count(sandbox, "products"),)]
    finally:
        subprocess.run(("umount", "--lazy", str(small)), check=True)


@pytest.fixture
def acme(connected: Account, command: Katana, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account that is connected as `acme` and as `default`."""
    for name, value in connected.variables.items():
        monkeypatch.setenv(name, value)
    assert command("login", "--name", "acme", "--redirect-port", "0").status == 0
    forget_login()
    return connected


def test_a_schema_for_each_tenant(acme: Account, command: Katana) -> None:
    arguments = ("products", "--tenant", "acme", "--tenant", "default", "--schemas")
    done = command("sync", *arguments)
    assert counts_of(done) == {"products": 2 * count(acme.sandbox, "products")}
    for schema in ("acme", "default"):
        [(found,)] = query(f'SELECT count(*) FROM "{schema}".products')
        assert found == count(acme.sandbox, "products")
    assert query("SELECT * FROM information_schema.columns WHERE column_name = 'tenant'") == []
    partly = command("sync", "products", "--tenant", "absent", "--tenant", "acme", "--schemas")
    assert partly.status == 1
    assert "absent: there is no API key and no connection 'absent'" in partly.err


def test_many_deletions_at_once_need_an_option(
    katana: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changes(*_: Any, allow_mass_deletion: bool, **__: Any) -> NoReturn:
        assert not allow_mass_deletion
        raise MassDeletion(absent=60, known=100)

    # The feed deletes after several comparisons, minutes apart: tests/changes.
    monkeypatch.setattr(KatanaClient, "changes", changes)
    done = katana("sync", "customers")
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith("katana-async: 60 of 100 records are no longer in Katana's list")
    assert done.err.endswith("run the command with --allow-mass-deletion\n")


def test_each_connection_is_a_tenant(acme: Account, command: Katana) -> None:
    done = command("sync", "products", "--tenant", "acme", "--tenant", "default")
    assert counts_of(done) == {"products": 2 * count(acme.sandbox, "products")}
    tenants = query("SELECT tenant, count(*) FROM products GROUP BY 1 ORDER BY 1")
    assert tenants == [(name, count(acme.sandbox, "products")) for name in ("acme", "default")]

    again = command("sync", "products", "--tenant", "acme", "--tenant", "absent")
    assert (again.status, again.out) == (1, "")
    assert "absent: there is no API key and no connection 'absent'" in again.err.splitlines()[0]


def test_ctrl_c_ends_a_run_and_the_next_one_completes(
    katana: Katana, sandbox: Sandbox, environment: dict[str, str]
) -> None:
    sandbox.faults.add(faults.Latency(30), path="/customers", times=None)
    with running("sync", *COLLECTIONS, environment=environment) as process:
        deadline = time.monotonic() + 60
        while not sandbox.journal.count(path="/products") and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    assert b"Task was destroyed" not in err
    sandbox.faults.clear()
    done = katana("sync", *COLLECTIONS)
    assert counts_of(done) == {name: count(sandbox, name) for name in COLLECTIONS}


def test_a_terminal_shows_a_table(sandbox: Sandbox, environment: dict[str, str]) -> None:
    shown = on_terminal("sync", *COLLECTIONS, environment=environment)
    assert shown.status == 0
    assert "collection" in shown.out
    assert str(count(sandbox, "products")) in shown.out
    assert "records and deletions of 2 collections" in shown.err
