"""Requests are parsed from bytes in any pieces, and answers are rendered."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from katana_async.sandbox.wire import (
    Answer,
    HttpRequest,
    MalformedRequest,
    RequestParser,
    peek_request_line,
    render,
)

GET = b"GET /v1/products?name=a%20b&ids=1&ids=2&e= HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /v1/products HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"
CHUNKED = (
    b"POST /v1/products HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;x=y\r\nbod\r\n1\r\ny\r\n0\r\nTrailer: t\r\n\r\n"
)


def parse(*parts: bytes) -> list[HttpRequest]:
    parser, requests = RequestParser(), list[HttpRequest]()
    for part in parts:
        parser.feed(part)
        while (request := parser.next()) is not None:
            requests.append(request)
    assert parser.idle
    return requests


def test_a_request_is_taken_apart() -> None:
    [request] = parse(GET)
    assert (request.method, request.path, request.body) == ("GET", "/v1/products", b"")
    assert request.target == "/v1/products?name=a%20b&ids=1&ids=2&e="
    assert request.query == [("name", "a b"), ("ids", "1"), ("ids", "2"), ("e", "")]
    assert request.header("host") == "x"
    assert request.header("absent") is None
    assert request.keep_alive


def test_segments_are_decoded_each_by_itself() -> None:
    [request] = parse(b"GET /v1/bom_rows/a%2Fb%20c HTTP/1.1\r\n\r\n")
    assert request.segments == ["v1", "bom_rows", "a/b c"]


@pytest.mark.parametrize("wire", [POST, CHUNKED])
def test_a_body_comes_whole_or_in_chunks(wire: bytes) -> None:
    assert [request.body for request in parse(wire)] == [b"body"]


@given(st.lists(st.sampled_from([GET, POST, CHUNKED]), max_size=5), st.data())
def test_it_does_not_matter_where_bytes_are_split(wires: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(wires)
    places = st.lists(st.integers(0, len(whole)), max_size=9)
    cuts = [0, *sorted(data.draw(places)), len(whole)]
    parts = [whole[start:stop] for start, stop in pairwise(cuts)]
    assert parse(*parts) == parse(*wires)


@pytest.mark.parametrize(
    ("wire", "kept"),
    [
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
        (b"\r\nGET / HTTP/1.1\r\n\r\n", True),
    ],
)
def test_a_connection_is_kept_unless_one_side_will_not(wire: bytes, kept: bool) -> None:
    [request] = parse(wire)
    assert request.keep_alive is kept


@pytest.mark.parametrize(
    ("wire", "status"),
    [
        (b"GET /\r\n\r\n", 400),
        (b"\x16\x03\x01 TLS hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nName : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n", 413),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, 431),
    ],
)
def test_malformed_requests_raise_with_a_status(wire: bytes, status: int) -> None:
    parser = RequestParser()
    parser.feed(wire)
    with pytest.raises(MalformedRequest) as caught:
        parser.next()
    assert caught.value.status == status


def test_a_client_that_waits_for_leave_is_noticed() -> None:
    parser = RequestParser()
    head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
    parser.feed(head)
    assert parser.next() is None
    assert parser.expects_continue
    parser.feed(b"x")
    assert parser.next() is not None
    assert not parser.expects_continue


def test_the_first_line_has_method_and_target() -> None:
    assert peek_request_line(b"POST /v1/products?x=1 HTTP/1.1\r\nHo") == (
        "POST",
        "/v1/products?x=1",
    )
    assert peek_request_line(b"POST /v1/pro") == ("", "")


def test_an_answer_is_rendered() -> None:
    answer = Answer(200, b"{}").with_headers(("A", "1"), ("A", "2"))
    wire = b"HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\nContent-Length: 2\r\n\r\n{}"
    assert render(answer) == wire
    assert render(Answer(204)) == b"HTTP/1.1 204 No Content\r\n\r\n"
    assert render(Answer(299)).startswith(b"HTTP/1.1 299 \r\n")
