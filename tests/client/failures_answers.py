"""Failures that answers cause: faults, refusals by Katana, and servers that echo requests."""

from functools import partial

from katana_async import ApiKey
from katana_async.http.limits import ProcessLimits
from katana_async.sandbox import faults
from tests.client.canary_clients import (
    CALLS,
    ON_THE_WAY,
    Call,
    CanaryClients,
    ask,
    create,
    on_the_way,
    read,
    walk,
)
from tests.client.peers import Answer, header, http

FAULTS: list[faults.Fault] = [
    faults.ResetBeforeRead(),
    faults.ResetAfterRead(),
    faults.ResetAfterRead(processed=True),
    faults.CutBody(at=0),
    faults.CutBody(at=1),
    faults.WrongContentLength(delta=7),
    faults.GzipGarbage(),
    faults.GzipBomb(decoded_bytes=20_000_000),
    faults.Latency(5.0),
    faults.Empty(status=500),
    faults.Html(status=403),
    faults.Html(status=502),
    faults.TooMany(retry_after=3600),
    faults.TooMany(retry_after=None),
    faults.Redirect(location="http://127.0.0.1:1/elsewhere"),
    faults.Status(status=400),
    faults.Status(status=409),
    faults.Status(status=412),
    faults.Status(status=418),
]


async def _call_with_fault(fault: faults.Fault, call: Call, clients: CanaryClients) -> object:
    katana = clients.client(retries=1, deadline=0.6, max_response_bytes=1_000_000)
    await katana.factory.get()  # over a connection that is kept
    clients.add_fault(fault)
    return await call(katana)


for _made in FAULTS:
    for _call in CALLS if _made != faults.Html(status=502) else [*CALLS, walk, ask]:
        ON_THE_WAY[f"{_call.__name__}: {_made!r}"] = partial(_call_with_fault, _made, _call)


# ---- Refusals by Katana -----------------------------------------------------------------------


@on_the_way
async def a_key_that_is_not_accepted(clients: CanaryClients) -> object:
    clients.sandbox.revoke_key(clients.key.reveal())
    return await read(clients.client())


@on_the_way
async def a_key_from_a_source_that_is_not_accepted(clients: CanaryClients) -> object:
    clients.sandbox.revoke_key(clients.key.reveal())
    return await read(clients.client(auth=ApiKey.from_source(clients.fetch)))


@on_the_way
async def a_body_that_is_not_accepted(clients: CanaryClients) -> object:
    return await clients.client().request("POST", "/customers", json={"nonsense": 1})


@on_the_way
async def a_record_that_does_not_exist(clients: CanaryClients) -> object:
    return await clients.client().products.get(999_999)


@on_the_way
async def an_empty_answer_to_a_read(clients: CanaryClients) -> object:
    clients.add_fault(faults.Empty(status=200))
    return await read(clients.client())


@on_the_way
async def an_answer_that_is_no_record(clients: CanaryClients) -> object:
    clients.add_fault(faults.Status(status=200, json={"id": "seven", "name": []}))
    return await clients.client().products.get(1)


@on_the_way
async def a_stale_connection(clients: CanaryClients) -> object:
    katana = clients.client(retries=0)
    await read(katana)
    clients.add_fault(faults.IdleClose("next_request"))
    return await create(katana)


@on_the_way
async def a_limit_that_leaves_no_time(clients: CanaryClients) -> object:
    clients.sandbox.oddities.rate_limit_headers = False
    katana = clients.client(limits=ProcessLimits(limit=1), deadline=0.2)
    await read(katana)
    return await create(katana)


# ---- Servers that echo requests ----------------------------------------------------------------


def _authorization(request: bytes) -> bytes:
    return header(request, b"authorization") or b""


def in_json(request: bytes) -> bytes:
    text = _authorization(request)
    detail = b'{"path": ".%s", "message": "bad %s", "info": {"got": "%s"}}' % (text, text, text)
    body = b'{"name": "%s", "code": "%s", "message": "no %s", "details": [%s]}'
    return http("422 Unprocessable Entity", body % (text, text, text, detail))


def _html(request: bytes) -> bytes:
    body = b"<html><title>Bad %s</title><pre>%s</pre>" % (_authorization(request), request)
    return http("502 Bad Gateway", body, kind="text/html")


def _text(request: bytes) -> bytes:
    return http("500 Oh", request, kind="text/plain")


def _in_headers(request: bytes) -> bytes:
    text = _authorization(request)
    names = ("X-Request-Id", "X-Echo", "Location", "Set-Cookie", "Retry-After", "X-Pagination")
    return http("422 No", b"{}", *((name, text) for name in names))


def _in_the_reason(request: bytes) -> bytes:
    return http(f"422 {_authorization(request).decode()}", b"{}")


def _redirect(request: bytes) -> bytes:
    return http("307 Go", b"", ("Location", b"http://127.0.0.1:1/?" + _authorization(request)))


def _done_but_unreadable(request: bytes) -> bytes:
    return http("200 OK", b"<pre>" + request)


def _done_but_no_record(request: bytes) -> bytes:
    text = _authorization(request)
    return http("200 OK", b'{"data": {"id": "%s", "name": {"%s": 1}}}' % (text, text))


def the_request_itself(request: bytes) -> bytes:
    return request


def _a_broken_header(request: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nX-\x01Echo: %s\r\n\r\n" % _authorization(request)


def _a_broken_value(request: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nX-Echo: \x01%s\r\n\r\n" % _authorization(request)


def _half_a_key_in_a_broken_header(request: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nX-\x01Echo: %s\r\n\r\n" % _authorization(request)[:40]


def _half_a_key_in_a_broken_chunk(request: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + _authorization(request)[7:40] + b"\r\n"


def _half_a_key_in_a_later_chunk(request: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"
    return head + b"\x01" + _authorization(request)[7:40] + b"\r\n"


def _headers_and_no_body(request: bytes) -> bytes:
    text = _authorization(request)
    return b"HTTP/1.1 200 OK\r\nX-Echo: %s\r\nTransfer-Encoding: chunked\r\n\r\n" % text


def _half_the_headers(request: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nX-Echo: %s\r\nX-Half: " % _authorization(request)


def _a_broken_status(request: bytes) -> bytes:
    return b"HTTP/1.1 %s OK\r\n\r\n" % _authorization(request)


def _a_broken_chunk(request: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + _authorization(request) + b"\r\n"


def _a_broken_length(request: bytes) -> bytes:
    # The name of the header is split so that the server closes: see peers.
    return b"HTTP/1.1 200 OK\r\nContent-\r\n Length: %s\r\n\r\n" % _authorization(request)


def _an_encoding_of_that_name(request: bytes) -> bytes:
    return http("200 OK", b"x", ("Content-Encoding", _authorization(request)))


def _a_cut_body(request: bytes) -> bytes:
    return http("200 OK", request + b"-")[:-1].replace(b"Content-Length", b"content-length")


def _a_long_header(request: bytes) -> bytes:
    line = b"X-Echo: " + _authorization(request) * 500
    return b"HTTP/1.1 200 OK\r\n" + line + b"\r\n\r\n"


ECHOES: list[Answer] = [
    in_json,
    _html,
    _text,
    _in_headers,
    _in_the_reason,
    _redirect,
    _done_but_unreadable,
    _done_but_no_record,
    the_request_itself,
    _a_broken_header,
    _a_broken_value,
    _half_a_key_in_a_broken_header,
    _half_a_key_in_a_broken_chunk,
    _half_a_key_in_a_later_chunk,
    _headers_and_no_body,
    _half_the_headers,
    _a_broken_status,
    _a_broken_chunk,
    _a_broken_length,
    _an_encoding_of_that_name,
    _a_cut_body,
    _a_long_header,
]


async def _echo(answer: Answer, call: Call, clients: CanaryClients) -> object:
    return await call(await clients.echo(answer))


for _answer in ECHOES:
    for _call in (read, create):
        _name = f"{_call.__name__}: echo {_answer.__name__.strip('_')}".replace("_", " ")
        ON_THE_WAY[_name] = partial(_echo, _answer, _call)
