"""Numbers that no float can hold, in what is sent."""

import pytest

from .conftest import Katana


@pytest.mark.parametrize(
    "data", ['{"name": 1e400}', '{"name": 1e99999999999999999999}', '{"sales_price": 1e400}',
             f'{{"sales_price": {"9" * 400}}}', f'{{"sales_price": {"9" * 5000}}}']
)  # fmt: skip
def test_a_number_beyond_a_floats_range_is_one_line(data: str, katana: Katana) -> None:
    done = katana("create", "variants", "--data", data)
    assert done.status in (1, 2)
    assert done.err.startswith("katana-async: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("number", ["1e309", "1e999999999", "-1e400", "1e-400"])
def test_a_filter_beyond_a_floats_range_is_refused(number: str, katana: Katana) -> None:
    done = katana("list", "products", "-f", f"purchase_uom_conversion_rate={number}")
    assert (done.status, done.out) == (2, "")
    assert "takes a number" in done.err
