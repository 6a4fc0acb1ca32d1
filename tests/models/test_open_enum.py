"""Enumerations keep values that they do not list."""

import copy
import pickle

import msgspec
import pytest

from katana_async.models import ItemType, OpenEnum, SalesOrderStatus

UNKNOWN = "ON_THE_MOON"


def test_a_known_value_is_the_member() -> None:
    assert SalesOrderStatus("PENDING") is SalesOrderStatus.PENDING
    assert SalesOrderStatus.PENDING.known


def test_an_unknown_value_is_kept_as_its_text() -> None:
    status = SalesOrderStatus(UNKNOWN)
    assert isinstance(status, SalesOrderStatus)
    assert not status.known
    assert status == UNKNOWN
    assert str(status) == f"{status}" == status.value == status.name == UNKNOWN
    assert hash(status) == hash(UNKNOWN)
    assert {UNKNOWN: "found"}[status] == "found"


def test_two_unknown_values_of_one_text_are_equal() -> None:
    assert SalesOrderStatus(UNKNOWN) == SalesOrderStatus(UNKNOWN)
    assert SalesOrderStatus(UNKNOWN) != SalesOrderStatus("ON_MARS")
    assert len({SalesOrderStatus(UNKNOWN), SalesOrderStatus(UNKNOWN)}) == 1


def test_unknown_values_do_not_join_the_class() -> None:
    before = list(SalesOrderStatus)
    SalesOrderStatus(UNKNOWN)
    assert list(SalesOrderStatus) == before
    assert UNKNOWN not in SalesOrderStatus.__members__


def test_the_name_of_a_member_is_not_its_value() -> None:
    assert not ItemType("PRODUCT").known


def test_the_repr_says_what_is_unknown() -> None:
    assert repr(SalesOrderStatus(UNKNOWN)) == "<SalesOrderStatus unknown: 'ON_THE_MOON'>"
    assert repr(SalesOrderStatus.PENDING) == "<SalesOrderStatus.PENDING: 'PENDING'>"


@pytest.mark.parametrize("status", [SalesOrderStatus.PENDING, SalesOrderStatus(UNKNOWN)])
def test_values_survive_pickle_and_copies(status: SalesOrderStatus) -> None:
    for twin in (
        *(pickle.loads(pickle.dumps(status, protocol)) for protocol in range(6)),
        copy.copy(status),
        copy.deepcopy(status),
    ):
        assert twin == status
        assert type(twin) is SalesOrderStatus
        assert twin.known == status.known


def test_only_a_text_can_be_a_value() -> None:
    with pytest.raises(ValueError, match="5 is not a valid SalesOrderStatus"):
        SalesOrderStatus(5)  # type: ignore[arg-type]  # what is tested


def test_msgspec_reads_and_writes_unknown_values() -> None:
    status = msgspec.json.decode(f'"{UNKNOWN}"'.encode(), type=SalesOrderStatus)
    assert status == UNKNOWN
    assert not status.known
    assert msgspec.json.encode(status) == f'"{UNKNOWN}"'.encode()


def test_every_enumeration_of_answers_is_open() -> None:
    from katana_async import models

    enums = [
        cls
        for name in dir(models)
        if isinstance(cls := getattr(models, name), type) and issubclass(cls, str)
    ]
    assert len(enums) > 10
    assert all(issubclass(cls, OpenEnum) for cls in enums)
