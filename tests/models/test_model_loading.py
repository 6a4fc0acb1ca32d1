"""Models load by area, when they are used, and areas refer to each other without a circle."""

import subprocess
import sys

import attrs
import pytest

from katana_async import models

REFERS_TO: dict[str, set[str]] = {
    "account": set(),
    "catalog": {"contacts"},
    "contacts": set(),
    "inventory": {"catalog", "contacts"},
    "manufacturing": {"catalog", "contacts", "inventory"},
    "pricing": set(),
    "purchasing": {"account", "catalog", "contacts", "inventory"},
    "sales": {"account", "catalog", "contacts", "inventory"},
}


def loaded_after(statement: str) -> set[str]:
    """Return the areas of models that a fresh interpreter has loaded after a statement."""
    program = (
        f"{statement}\n"
        "import sys\n"
        "print(*(name for name in sys.modules if name.startswith('katana_async.models.')))"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    # An area may be a package: only its first name counts.
    names = {name.split(".")[2] for name in result.stdout.split()}
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("area", REFERS_TO)
def test_an_area_loads_alone_with_the_areas_it_refers_to(area: str) -> None:
    everything = (
        "import typing\n"
        "from katana_async import models\n"
        "from katana_async.models._base import is_model\n"
        "for module, names in models._NAMES.items():\n"
        f"    if module.split('.')[0] == {area!r}:\n"
        "        for each in (getattr(models, name) for name in names.split()):\n"
        "            if is_model(each):\n"
        "                typing.get_type_hints(each)"
    )
    assert loaded_after(everything) == {area} | REFERS_TO[area]


def test_what_another_area_needs_of_the_inventory_loads_no_more_of_it() -> None:
    assert loaded_after("from katana_async.models import Traceability") == {"inventory"}


def test_importing_the_models_loads_none() -> None:
    assert loaded_after("import katana_async.models") == set()


def test_using_one_model_loads_its_area() -> None:
    assert loaded_after("from katana_async.models import PriceList") == {"pricing"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Prodct'"):
        _ = models.Prodct  # type: ignore[attr-defined]  # what is tested


def test_every_model_says_what_it_is() -> None:
    for name in dir(models):
        cls = getattr(models, name)
        if isinstance(cls, type) and attrs.has(cls):
            assert cls.__doc__, name
            assert not cls.__doc__.startswith("Method generated"), name
