"""Collections load when they are first used; the error for a misspelt one suggests a name."""

import inspect
import subprocess
import sys
from typing import cast

import pytest

from katana_async import params
from katana_async.http.transport import Transport
from katana_async.resources import RESOURCES, Resources, load
from katana_async.resources._base import Collection, Single

AREAS = {home.partition(".")[0] for home in RESOURCES.values()}


class Client(Resources):
    def __init__(self) -> None:
        self._http = cast("Transport", object())


def loaded_after(statement: str) -> set[str]:
    """Return the modules of the SDK that a new interpreter has loaded after a statement."""
    program = (
        f"{statement}\nimport sys\n"
        "print(*(name for name in sys.modules if name.startswith('katana_async.')))"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def areas(modules: set[str], package: str) -> set[str]:
    prefix = f"katana_async.{package}."
    return {name.removeprefix(prefix) for name in modules if name.startswith(prefix)} & AREAS


def test_importing_the_resources_loads_no_area() -> None:
    assert loaded_after("import katana_async.resources") == {"katana_async.resources"}


def test_using_one_collection_loads_its_area_only() -> None:
    modules = loaded_after(
        "from katana_async.resources import Resources\n"
        "client = Resources()\n"
        "client._http = None\n"
        "client.price_lists"
    )
    for package in ("resources", "models"):
        assert areas(modules, package) == {"pricing"}
    assert areas(modules, "params") == set()  # the first call loads its TypedDicts
    rooms = {name.split(".")[1] for name in modules}
    assert rooms.isdisjoint({"changes", "oauth", "sandbox"})


def test_a_collection_is_made_once_per_client() -> None:
    one, other = Client(), Client()
    assert one.products is one.products
    assert one.products is not other.products


@pytest.mark.parametrize("attribute", RESOURCES)
def test_every_collection_has_a_path_and_docstrings(attribute: str) -> None:
    cls = load(attribute)
    assert issubclass(cls, Collection | Single)
    assert isinstance(getattr(Client(), attribute), cls)
    assert cls.path == f"/{attribute}"
    assert cls.__doc__
    for name, function in inspect.getmembers(cls, inspect.isfunction):
        assert name.startswith("_") or function.__doc__, f"{attribute}.{name}"


def test_the_error_for_a_misspelt_collection_suggests_a_name() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'prodcts'\. Did you mean 'products'"):
        _ = Client().prodcts  # type: ignore[attr-defined]  # what is tested
    with pytest.raises(AttributeError, match=r"no attribute 'zzz'\Z"):
        _ = Client().zzz  # type: ignore[attr-defined]  # what is tested


def test_a_client_that_is_not_set_up_does_not_recurse() -> None:
    with pytest.raises(AttributeError, match="_http"):
        _ = Resources().products


def test_dir_lists_every_collection_and_the_clients_own() -> None:
    names = dir(Client())
    assert set(RESOURCES) <= set(names)
    assert "_http" in names


def test_an_unknown_shape_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'ProductCreat'"):
        _ = params.ProductCreat  # type: ignore[attr-defined]  # what is tested
