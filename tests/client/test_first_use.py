"""The first minutes with the client: settings from the environment, and hints for mistakes."""

import inspect
import logging
import subprocess
import sys
from typing import Any
from unittest.mock import create_autospec

import pytest

import katana_async
from katana_async import ApiKey, ConfigurationError, KatanaClient, NotFound, Unauthorized
from katana_async.resources import RESOURCES
from katana_async.sandbox import Sandbox
from tests.client.conftest import MakeClient
from tests.processes import run_python

Monkeypatch = pytest.MonkeyPatch


# ---- Settings from the environment


async def test_a_client_without_arguments_uses_the_environment(
    sandbox: Sandbox, monkeypatch: Monkeypatch
) -> None:
    monkeypatch.setenv("KATANA_API_KEY", sandbox.api_key)
    monkeypatch.setenv("KATANA_BASE_URL", sandbox.base_url + "\n")
    async with KatanaClient() as katana:
        assert katana.base_url == sandbox.base_url
        assert await katana.products.list().count() == 20


async def test_the_base_url_of_the_environment_applies_to_explicit_credentials(
    sandbox: Sandbox, monkeypatch: Monkeypatch
) -> None:
    monkeypatch.setenv("KATANA_BASE_URL", sandbox.base_url)
    async with KatanaClient(ApiKey(sandbox.api_key)) as katana:
        await katana.factory.get()
    assert sandbox.journal.count(path="/factory") == 1


def test_arguments_override_the_environment(monkeypatch: Monkeypatch) -> None:
    monkeypatch.setenv("KATANA_API_KEY", "from-env")
    monkeypatch.setenv("KATANA_BASE_URL", "http://127.0.0.1:9/v1")
    katana = KatanaClient(auth=ApiKey("k"), base_url="https://katana.example/v1")
    assert repr(katana).startswith("<KatanaClient https://katana.example/v1 auth=<ApiKey from the")


def test_without_a_base_url_calls_go_to_katana(monkeypatch: Monkeypatch) -> None:
    monkeypatch.delenv("KATANA_BASE_URL", raising=False)
    assert KatanaClient(auth=None).base_url == "https://api.katanamrp.com/v1"


def test_without_a_key_the_error_names_the_variable(monkeypatch: Monkeypatch) -> None:
    monkeypatch.delenv("KATANA_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="set KATANA_API_KEY"):
        KatanaClient()


async def test_auth_none_ignores_the_key_of_the_environment(
    sandbox: Sandbox, monkeypatch: Monkeypatch
) -> None:
    monkeypatch.setenv("KATANA_API_KEY", sandbox.api_key)
    async with KatanaClient(auth=None, base_url=sandbox.base_url) as shared:
        with pytest.raises(ConfigurationError, match="no credentials"):
            await shared.factory.get()
    assert len(sandbox.journal) == 0


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_base_url_does_not_mean_katana(value: str, monkeypatch: Monkeypatch) -> None:
    monkeypatch.setenv("KATANA_BASE_URL", value)
    with pytest.raises(ConfigurationError, match="KATANA_BASE_URL is empty"):
        KatanaClient(auth=ApiKey("k"))


def test_a_wrong_base_url_names_where_it_was_set(monkeypatch: Monkeypatch) -> None:
    monkeypatch.setenv("KATANA_BASE_URL", "127.0.0.1:8000/v1")
    with pytest.raises(ConfigurationError, match="KATANA_BASE_URL must be like https://"):
        KatanaClient(auth=ApiKey("k"))


def test_the_log_names_the_server_of_a_client(
    monkeypatch: Monkeypatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KATANA_BASE_URL", "http://127.0.0.1:9/v1")
    with caplog.at_level(logging.INFO, "katana_async"):
        KatanaClient(auth=None)
        KatanaClient(auth=None, base_url="https://katana.example/v1")
    assert caplog.messages == [
        "client of http://127.0.0.1:9/v1 (KATANA_BASE_URL)",
        "client of https://katana.example/v1 (base_url)",
    ]


async def test_a_refused_key_names_the_server(make_client: MakeClient, sandbox: Sandbox) -> None:
    katana = make_client(auth=ApiKey("of-another-server"))
    with pytest.raises(Unauthorized, match=f"went to http://127.0.0.1:{sandbox.port}"):
        await katana.factory.get()


# ---- Addresses


@pytest.mark.parametrize("base_url", ["https://api.katanamrp.com", "https://api.katanamrp.com/"])
def test_katanas_address_without_its_path_is_refused(base_url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"lacks the path.*api\.katanamrp\.com/v1"):
        KatanaClient(auth=ApiKey("k"), base_url=base_url)


async def test_a_404_of_another_address_without_v1_has_a_hint(
    make_client: MakeClient, sandbox: Sandbox
) -> None:
    katana = make_client(base_url=sandbox.base_url.removesuffix("/v1"))
    with pytest.raises(NotFound, match="has no /v1, which Katana's has"):
        await katana.products.list().first()


async def test_a_404_of_a_path_with_v1_has_a_hint(katana: KatanaClient) -> None:
    with pytest.raises(NotFound, match="has the /v1 already"):
        await katana.request("GET", "/v1/products")


async def test_a_missing_record_has_no_hint(katana: KatanaClient) -> None:
    with pytest.raises(NotFound) as caught:
        await katana.products.get(1)
    assert "/v1" not in str(caught.value)


def test_http_to_another_machine_needs_an_option_that_the_error_names() -> None:
    with pytest.raises(ConfigurationError, match=r"KatanaClient\(allow_http=True\)"):
        KatanaClient(auth=ApiKey("k"), base_url="http://sandbox:8000/v1")
    katana = KatanaClient(auth=ApiKey("k"), base_url="http://sandbox:8000/v1", allow_http=True)
    assert katana.base_url == "http://sandbox:8000/v1"


def test_katana_is_never_called_over_http() -> None:
    with pytest.raises(ConfigurationError, match="is http") as caught:
        KatanaClient(ApiKey("k"), base_url="http://api.katanamrp.com/v1", allow_http=True)
    assert "allow_http" not in str(caught.value)


# ---- Mistakes with lists


@pytest.mark.parametrize("name", ["limit", "page", "per_page", "offset"])
@pytest.mark.parametrize("call", ["products.list", "users.list", "product_operation_rows.list",
                                  "sales_orders.search", "customers.search"])  # fmt: skip
def test_a_list_names_its_ways_to_limit(katana: KatanaClient, call: str, name: str) -> None:
    collection, method = call.split(".")
    function: Any = getattr(getattr(katana, collection), method)
    with pytest.raises(TypeError, match=rf"takes no '{name}'.*collect\(limit=10\).*page\(1"):
        function(**{name: 10})


def test_no_list_has_a_filter_that_is_refused_as_paging() -> None:
    for name in RESOURCES:
        method = getattr(getattr(KatanaClient, name), "list", None)
        if method is not None:
            parameters = inspect.signature(method).parameters
            assert not {"limit", "page"} & parameters.keys()


async def test_the_error_of_an_awaited_list_names_the_right_calls(katana: KatanaClient) -> None:
    pages: Any = katana.products.list()
    with pytest.raises(TypeError, match=r"not awaited.*async for.*\.collect\(limit=10\)"):
        await pages
    with pytest.raises(TypeError, match="not awaited"):
        await pages.plain()
    with pytest.raises(TypeError, match="a list, which has one answer for each page"):
        await katana.with_response(pages)


async def test_other_uses_of_a_list_as_a_sequence_have_a_hint(katana: KatanaClient) -> None:
    pages: Any = katana.products.list()
    with pytest.raises(TypeError, match="with `async for`, not `for`"):
        for _ in pages:
            pass
    with pytest.raises(TypeError, match="with `async for`, not `for`"):
        list(pages)
    with pytest.raises(TypeError, match="no index"):
        pages[0]
    with pytest.raises(TypeError, match=r"no len\(\).*count\(\)"):
        len(pages)
    assert pages
    assert repr(pages) == "<list of /products>"


# ---- Mistakes with names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Product", "write `from katana_async.models import Product`"),
        ("SalesOrderCreate", "write `from katana_async.params import SalesOrderCreate`"),
        ("KeyRing", "write `from katana_async.oauth import KeyRing`"),
        ("Sandbox", "write `from katana_async.sandbox import Sandbox`"),
        ("NotFoundError", "Did you mean 'NotFound'?"),
    ],
)
def test_a_name_of_another_package_has_a_hint(name: str, hint: str) -> None:
    with pytest.raises(ImportError) as failed:
        exec(f"from katana_async import {name}")
    assert hint in str(failed.value)
    assert failed.value.name == name
    with pytest.raises(AttributeError) as missing:
        getattr(katana_async, name)
    assert hint in str(missing.value)
    assert not hasattr(katana_async, name)


def test_an_unknown_name_has_no_hint() -> None:
    with pytest.raises(ImportError, match="cannot import name 'xyzzy'"):
        exec("from katana_async import xyzzy")


def test_a_key_in_the_place_of_credentials_is_refused_and_not_shown() -> None:
    client: Any = KatanaClient
    for arguments, options in ((("the-key",), {}), ((), {"api_key": "the-key"})):
        with pytest.raises(ConfigurationError, match=r"ApiKey\(\.\.\.\)") as caught:
            client(*arguments, **options)
        assert "the-key" not in str(caught.value)


def test_a_mock_of_the_client_has_the_collections() -> None:
    mock = create_autospec(KatanaClient, instance=True)
    assert inspect.iscoroutinefunction(mock.products.get)
    mock.products.get.return_value = "a product"
    with pytest.raises(AttributeError):
        _ = mock.prodcts
    with pytest.raises(AttributeError):
        _ = mock.products.gte
    with pytest.raises(TypeError):
        mock.products.get()
    assert set(RESOURCES) <= set(dir(create_autospec(KatanaClient)))


def test_the_package_runs_as_the_command() -> None:
    command = [sys.executable, "-m", "katana_async", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"katana-async {katana_async.__version__}\n"


@pytest.mark.parametrize("room", ["models", "params", "oauth", "sandbox", "errors", "resources"])
def test_modules_of_the_package_can_be_imported_from_it(room: str) -> None:
    """In another process, since the modules are imported here already."""
    run_python(f"from katana_async import {room}; assert {room}.__name__ == 'katana_async.{room}'")
