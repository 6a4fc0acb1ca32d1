"""Reading of headers, error bodies and paths into plain data."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from katana_async.http.messages import (
    Pagination,
    RateLimit,
    Repeat,
    Request,
    Response,
    parse_pagination,
    parse_problem,
    parse_rate_limit,
    parse_retry_after,
    repeat_of,
    safe_path,
)


@pytest.mark.parametrize(
    "path",
    ["/products", "/products/7", "/bom_rows/0b0b6f5e-1c5d-4b6c-9a52-5f2b7e2f6f11", "/a.b/~c"],
)
def test_a_path_of_plain_segments_is_safe(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "products", "//evil.example", "/products//7", "/products/..", "/products/../users",
        "/products/.", "/./products", "/products/%2e%2e/users", "/products?x=1", "/products#x",
        "/@evil.example", "https://evil.example/", "/products\\..\\users", "/products/7\r\nX: y",
        "/products/7\n", "/products/ 7", "/pröducts", "/products/7;x=1", "/a:b", "/products/",
    ],
)  # fmt: skip
def test_a_path_that_could_mean_something_else_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a path below"):
        safe_path(path)


@given(st.text())
def test_no_text_makes_a_path_that_leaves_its_place(text: str) -> None:
    try:
        path = safe_path(f"/products/{text}")
    except ValueError:
        return
    assert ".." not in path.split("/")
    assert path.startswith("/products/")
    assert path.isascii()
    assert path.isprintable()


@pytest.mark.parametrize(
    ("method", "body", "repeat"),
    [
        ("GET", None, Repeat.READ),
        ("DELETE", None, Repeat.DELETE),
        ("DELETE", b"{}", Repeat.REMOVE),
        ("POST", b"{}", Repeat.WRITE),
        ("PATCH", b"{}", Repeat.WRITE),
        ("PUT", None, Repeat.WRITE),
    ],
)
def test_the_method_tells_what_sending_it_twice_would_do(
    method: str, body: bytes | None, repeat: Repeat
) -> None:
    assert repeat_of(method, body) is repeat


def test_a_query_is_encoded_and_arrays_repeat_the_key() -> None:
    query = (("ids", "1"), ("ids", "2"), ("name", "a&b=c +ä/?#"))
    target = Request("GET", "/products", query).target
    assert target == "/products?ids=1&ids=2&name=a%26b%3Dc%20%2B%C3%A4%2F%3F%23"


def test_the_reset_is_read_in_milliseconds_and_in_seconds() -> None:
    headers = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "59"}
    wanted = RateLimit(60, 59, 1700000000.5)
    assert parse_rate_limit(headers | {"x-ratelimit-reset": "1700000000500"}) == wanted
    wanted = RateLimit(60, 59, 1700000000.0)
    assert parse_rate_limit(headers | {"x-ratelimit-reset": "1700000000"}) == wanted


@given(st.dictionaries(
    st.sampled_from(
        ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after",
         "x-pagination", "date"]
    ),
    st.text() | st.integers().map(str) | st.just("Wed, 21 Oct 2015 07:28:00 GMT"),
))  # fmt: skip
def test_no_header_is_too_strange_to_read(headers: dict[str, str]) -> None:
    parse_rate_limit(headers)
    parse_pagination(headers)
    wait = parse_retry_after(headers)
    assert wait is None or wait >= 0


def test_retry_after_is_read_in_seconds_and_as_a_date() -> None:
    assert parse_retry_after({"retry-after": "7"}) == 7.0
    date = {
        "date": "Wed, 21 Oct 2015 07:28:00 GMT",
        "retry-after": "Wed, 21 Oct 2015 07:28:30 GMT",
    }
    assert parse_retry_after(date) == 30.0
    assert parse_retry_after({"retry-after": "soon"}) is None
    assert parse_retry_after({}) is None


def test_pagination_values_are_strings_on_the_wire() -> None:
    header = (
        '{"total_records":"121","total_pages":"3","offset":"50","page":"2",'
        '"first_page":"false","last_page":"false"}'
    )
    assert parse_pagination({"x-pagination": header}) == Pagination(2, 3, 121, 50)
    assert parse_pagination({"x-pagination": '{"page": 2}'}) == Pagination(2, None, None, None)
    assert parse_pagination({"x-pagination": "[]"}) is None
    assert parse_pagination({}) is None


def test_an_error_is_read_flat_and_nested() -> None:
    body = {
        "statusCode": 422,
        "name": "UnprocessableEntityError",
        "message": "The body is invalid.",
        "code": "VALIDATION",
        "details": [{"path": ".name", "code": "type", "message": "must be string", "info": {}}],
    }
    flat = parse_problem(json.dumps(body).encode(), "application/json")
    nested = parse_problem(json.dumps({"error": body}).encode(), "application/json")
    assert flat == nested
    assert flat.name == "UnprocessableEntityError"
    assert str(flat.details[0]) == ".name: must be string"


def test_a_page_of_html_is_named_by_its_title() -> None:
    page = b"<html><head><title>502 Bad\n Gateway</title></head><body>...</body></html>"
    message = parse_problem(page, "text/html; charset=utf-8").message
    assert message is not None
    assert "HTML page titled '502 Bad Gateway'" in message


@given(st.binary() | st.text().map(str.encode))
def test_no_error_body_is_too_strange_to_read(content: bytes) -> None:
    problem = parse_problem(content, "application/json")
    assert problem.message is None or problem.message.isprintable()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["error", "details", "name", "code", "message", "path", "info"]), inner
    ),
)  # fmt: skip


@given(json_values)
def test_no_json_error_body_is_too_strange_to_read(value: object) -> None:
    parse_problem(json.dumps(value).encode(), "application/json")


def test_a_response_parses_numbers_exactly() -> None:
    response = Response(200, {}, b'{"a": 1.10, "b": 12345678901234567890.5}')
    assert response.json() == {"a": Decimal("1.10"), "b": Decimal("12345678901234567890.5")}
    with pytest.raises(ValueError, match="NaN"):
        Response(200, {}, b'{"a": NaN}').json()


def test_no_repr_of_a_message_contains_its_body() -> None:
    request = Request("POST", "/customers", (), b'{"email": "ann@example.com"}')
    response = Response(200, {"date": "now"}, b'{"email": "ann@example.com"}', "POST")
    for message in (request, response):
        assert "ann@example.com" not in repr(message)
        assert "ann@example.com" not in str(message.__rich_repr__())
    assert repr(response) == "Response(status=200, headers={'date': 'now'}, method='POST')"
