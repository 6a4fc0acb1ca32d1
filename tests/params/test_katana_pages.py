"""The table of Katana's pages has every collection and method, and no other."""

from urllib.parse import urlsplit

import pytest

from katana_async.resources import RESOURCES, _base, load
from katana_async.resources.operations import DOCUMENT, katana_pages, operations_of


@pytest.mark.parametrize("attribute", RESOURCES)
def test_the_table_has_the_methods_of_a_collection(attribute: str) -> None:
    cls = load(attribute)
    names = {each.python_method for each, _ in operations_of(attribute)}
    methods = {name for name in names if getattr(cls, name).__module__ != _base.__name__}
    assert katana_pages().get(attribute, {}).keys() - {"object"} == methods


@pytest.mark.parametrize("attribute", sorted(RESOURCES.keys() - {"user_info"}))
def test_the_table_has_the_page_of_a_collection(attribute: str) -> None:
    assert katana_pages()[attribute]["object"]


def test_the_table_names_only_collections() -> None:
    assert katana_pages().keys() <= RESOURCES.keys()


def test_an_operation_has_the_address_of_its_page() -> None:
    pages = {each.python_method: each.page for each, _ in operations_of("variants")}
    assert pages["list"] == "https://developer.katanamrp.com/reference/list-all-variants"
    assert pages["search"] == DOCUMENT  # Katana has no page for it
    assert pages["delete"] is None  # inherited


def test_every_page_is_one_part_of_an_address() -> None:
    for pages in katana_pages().values():
        for page in pages.values():
            assert page == DOCUMENT or urlsplit(page).path.count("/") == 2, page
