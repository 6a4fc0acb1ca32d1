"""A transport that answers with Katana's examples, without a network."""

import json

from katana_async.http.messages import Request, Response
from katana_async.http.options import Options, Stats
from katana_async.resources import Resources
from tests.api.documented_server import DocumentedKatana, encode
from tests.request_validation import match_template, validate_request


class ExampleTransport:
    """A transport that answers with Katana's examples, and keeps the requests.

    Attributes:
        answer: The body of answers instead of the examples; None for the examples.
        answered_method: The HTTP method to which `answer` applies; None for all.
    """

    def __init__(self) -> None:
        self.stats = Stats()
        self.options = Options()
        self.requests: list[Request] = []
        self.documented = DocumentedKatana()
        self.answer: bytes | None = None
        self.answered_method: str | None = None

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        body = json.loads(request.body) if request.body else None
        assert validate_request(request.method, request.path, request.query, body) is None
        if self.answer is not None and self.answered_method in (None, request.method):
            return Response(200, {}, self.answer)
        known = match_template(request.method, request.path)
        example = self.documented.example(f"{request.method} {known}")
        content = b"" if example.payload is None else encode(example.payload)
        return Response(example.status, {}, content)


class Client(Resources):
    def __init__(self, http: ExampleTransport) -> None:
        self._http = http
