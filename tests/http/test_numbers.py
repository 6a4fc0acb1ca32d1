"""Numbers in answers: those that would block the event loop or poison a sum are refused, fast."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, strategies as st

from katana_async.errors import DecodingError
from katana_async.http.decoding.codec import Codec
from katana_async.http.decoding.tolerant import Unreadable, read_record
from katana_async.http.messages import (
    Response,
    parse_json,
    parse_problem,
    parse_rate_limit,
    parse_retry_after,
)
from katana_async.http.options import Stats
from katana_async.models import Inventory, Product, SalesOrderRow
from katana_async.models._base import Model, Timestamp

MANY_DIGITS = "9" * 5000
HUGE = ["1e1000000", "1e999999999", "-1E+999999999", "1e99999999999999999999", "1e-1000000",
        "1e-99999999999999999999", "1.5e401", MANY_DIGITS, f"{MANY_DIGITS}.5"]  # fmt: skip
NOT_FINITE = ["NaN", "nan", "sNaN", "SNAN", "-nan", "nan123", "Infinity", "-inf", " inf ", "iNF",
              r"\u004eaN",
              r"N\u0061N", r"\u0049nfinity", r"\tnan", "\uff11e\uff19\uff19\uff19"]  # fmt: skip


class Kinds(Model):
    """One field of each kind that is read from a text."""

    number: Decimal = Decimal(0)
    maybe: Decimal | None = None
    whole: int | None = None
    text: str = ""
    when: Timestamp | None = None
    uuid: UUID | None = None
    flag: bool = False
    anything: Any = None


class Nest(Model):
    """Numbers at some depth."""

    id: int
    kinds: Kinds | None = None
    several: tuple[Kinds, ...] | None = None
    nests: "tuple[Nest, ...]" = ()


def codec(model: type[Any] = Product) -> Codec[Any]:
    return Codec(model, "/things", Stats())


def milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.parametrize("written", ["{}", '"{}"'])
@pytest.mark.parametrize("field", ["id", "lead_time"])
def test_a_huge_whole_number_is_refused_at_once(number: str, written: str, field: str) -> None:
    record = {"id": 1, "name": "a", "type": "product", field: "?"}
    content = json.dumps([record]).replace('"?"', written.format(number)).encode()

    def read() -> None:
        for each in (codec().many, codec().one):
            with pytest.raises(DecodingError, match="/things"):
                each(content)

    assert milliseconds(read) < 100


@pytest.mark.parametrize("number", [*HUGE, *NOT_FINITE])
@pytest.mark.parametrize("written", ["{}", '"{}"'])
@pytest.mark.parametrize(
    "place", ["kinds.number", "kinds.maybe", "several.number", "several.maybe", "nests.kinds"]
)
def test_a_decimal_that_is_huge_or_not_finite_is_refused_at_any_depth(
    number: str, written: str, place: str
) -> None:
    text = written.format(number)
    inside = {
        "kinds.number": f'"kinds":{{"number":{text}}}',
        "kinds.maybe": f'"kinds":{{"maybe":{text}}}',
        "several.number": f'"several":[{{}},{{"number":{text}}}]',
        "several.maybe": f'"several":[{{}},{{"maybe":{text}}}]',
        "nests.kinds": f'"nests":[{{"id":2}},{{"id":3,"kinds":{{"number":{text}}}}}]',
    }[place]
    record = f'{{"id":1,{inside}}}'.encode()
    for read, content in (
        (codec(Nest).one, record),
        (codec(Nest).many, b'[{"id":7},%s]' % record),
        (codec(Nest).many, b'{"data":[%s]}' % record),
    ):
        with pytest.raises(DecodingError):
            read(content)


@pytest.mark.parametrize("number", HUGE)
def test_a_huge_number_in_a_field_without_a_type_raises_nothing_but_a_decoding_error(
    number: str,
) -> None:
    row = b'{"id":1,"sales_order_id":1,"variant_id":1,"quantity":1,"custom_fields":{"a":%s}}'
    content = b"[%s]" % row % number.encode()
    for read in (
        codec(SalesOrderRow).many,
        codec(SalesOrderRow).one,
        codec(SalesOrderRow).raw_rows,
    ):
        try:
            read(content)
        except DecodingError:
            continue


@pytest.mark.parametrize("number", HUGE)
def test_a_huge_number_in_an_error_body_is_no_trouble(number: str) -> None:
    for body in ('{"code":%s}', '{"error":{"message":%s,"details":[{"info":%s,"code":%s}]}}'):
        content = body.replace("%s", number).encode()
        began = time.thread_time()
        problem = parse_problem(content, "application/json")
        assert str(problem)
        assert time.thread_time() - began < 0.1
        assert len(f"{problem.code}{problem.message}") < 1000


@pytest.mark.parametrize("number", ["1e99999999999999999999", "-1e-99999999999999999999", "NaN"])
def test_json_that_holds_no_number_is_a_value_error(number: str) -> None:
    content = b'{"a":%s}' % number.encode()
    with pytest.raises(ValueError, match="number"):
        parse_json(content)
    with pytest.raises(ValueError, match="number"):
        Response(200, {}, content).json()


RESETS = ["9" * 18, "-" + "9" * 18, "-1", "1e18", "999999999999999999.9", "9" * 400, "NaN",
          "253402300800000", "1" * 5000]  # fmt: skip


@pytest.mark.parametrize("reset", RESETS)
def test_a_huge_reset_makes_no_sense(reset: str) -> None:
    headers = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "5", "x-ratelimit-reset": reset}
    assert parse_rate_limit(headers) is None


@given(st.text("0123456789.-+eE_ ", max_size=25))
@example("253402300799999")
@example("253402300799")
@example("0")
def test_every_rate_limit_that_is_read_has_a_time(reset: str) -> None:
    headers = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "5", "x-ratelimit-reset": reset}
    limit = parse_rate_limit(headers)
    if limit is not None:
        assert 1970 <= limit.resets_at.year <= 9999


@given(st.text(max_size=40) | st.from_regex(r"Mon, [0-9]{1,30} Jan [0-9]{1,30} [0-9:+-]{0,40}"))
def test_no_date_raises(text: str) -> None:
    for headers in ({"retry-after": text, "date": text}, {"retry-after": "9" * 18}):
        seconds = parse_retry_after(headers)
        assert seconds is None or seconds >= 0


TEXTS = [*HUGE, *NOT_FINITE, "1_000", "_1", "1__0", " 1 ", "+1", ".5", "5.", "٣", "0x10", "1e5",
         "", "-0", "true", "null", "2026-01-01", "2026-01-01T10:00:00Z", "2026-01-01T10:00:60Z",
         "2026-01-01T10:00:00.1234567Z", "2026-01-01t10:00:00z", "2026-01-01 10:00:00+0200",
         "20260101T100000Z", "2026-W01-1T10:00:00Z", "2026-01-01T10:00:00,5Z",
         "9999-12-31T23:59:59.9999999Z", "2026-01-01T10:00:00", "2026-01-01T10:00:00+02:00:30",
         "6afe78d2-2b95-4d71-92f5-1bc2be852afe", "{6afe78d2-2b95-4d71-92f5-1bc2be852afe}",
         "urn:uuid:6afe78d2-2b95-4d71-92f5-1bc2be852afe", "6AFE78D22B954D7192F51BC2BE852AFE",
         " 6afe78d2-2b95-4d71-92f5-1bc2be852afe"]  # fmt: skip
_texts = (
    st.sampled_from(TEXTS)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.text("0123456789_+-.eE nNaAiIfFsS\u0663", max_size=9)
    | st.datetimes(timezones=st.just(UTC) | st.none()).map(datetime.isoformat)
    | st.uuids().map(str)
)
_values = (
    _texts.map(json.dumps)
    | st.sampled_from([*HUGE, *(f'"{each}"' for each in TEXTS if each != r"\tnan")])
    | st.sampled_from(["1.0", "-0.0", "1e2", "1E-2", "null", "true", "{}", "[]", "-0"])
    | st.integers().map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
)


@given(
    field=st.sampled_from(["number", "maybe", "whole", "text", "when", "uuid", "flag", "anything"]),
    value=_values,
)
@example("number", '"1_000"')
@example("whole", '"1_000"')
@example("number", '"sNaN"')
@example("when", '"2026-01-01T10:00:00.1234567Z"')
@example("uuid", '"{6afe78d2-2b95-4d71-92f5-1bc2be852afe}"')
def test_the_fast_and_the_tolerant_reader_agree_on_every_value(field: str, value: str) -> None:
    content = f'{{"{field}":{value}}}'.encode()
    fast = codec(Kinds)._one_fast(content)
    try:
        slow, forgiven = read_record(parse_json(content), Kinds)
    except (Unreadable, ValueError):
        assert fast is None
        return
    if fast is None:
        assert forgiven
    else:
        assert repr(fast) == repr(slow)
        assert not forgiven


def test_a_page_of_ordinary_numbers_is_still_read_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Codec, "_many_slowly", None)
    fields = ("average_cost", "value_in_stock", "quantity_in_stock", "quantity_committed",
              "quantity_expected", "quantity_missing_or_excess", "reorder_point")  # fmt: skip
    row = {"variant_id": 1, "location_id": 1, **dict.fromkeys(fields, "12.5000000000")}
    named = {"id": 1, "name": "NaN and Infinity", "type": "product", "category_name": "NaN"}
    assert len(codec(Inventory).many(json.dumps([row] * 250).encode())) == 250
    assert codec().many(json.dumps([named]).encode())[0].category_name == "NaN"


def test_a_tuple_of_decimals_in_a_users_model_is_read_and_checked() -> None:
    class Priced(SalesOrderRow):
        steps: tuple[Decimal, ...] = ()

    row = b'[{"id":1,"sales_order_id":1,"variant_id":1,"quantity":1,"steps":[1.10,%s]}]'
    [read] = codec(Priced).many(row % b"2")
    assert read.steps == (Decimal("1.10"), 2)
    with pytest.raises(DecodingError, match="steps"):
        codec(Priced).many(row % b'"1e1000000"')


@pytest.mark.parametrize("value", ['"none"', '[null,{"id":1}]', '{"id":1}', "null", "2"])
def test_a_field_of_a_users_model_may_have_other_values_than_decimals(value: str) -> None:
    class Cost(Model):
        id: int
        amount: Decimal | None = None

    class Priced(Product):
        cost: Cost | str | tuple[Cost | None, ...] | int | None = None

    record = '[{"id":1,"name":"Lamp","type":"product","cost":%s}]'
    [read] = codec(Priced).many((record % value).encode())
    assert read.name == "Lamp"
    wrong = record % '{"id":1,"amount":"1e1000000"}'
    with pytest.raises(DecodingError, match="cost"):
        codec(Priced).many(wrong.encode())
