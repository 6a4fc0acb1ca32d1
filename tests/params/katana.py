"""A Katana that answers with its own examples, at the place of the transport."""

import json

from katana_async.http.messages import Request, Response
from katana_async.http.options import Options, Stats
from katana_async.resources import Resources
from tests.api.katana import DocumentedKatana, encode
from tests.gateway import template, verdict


class FakeKatana:
    """Answers with Katana's own examples, and remembers the requests.

    Attributes:
        answer: Sent in place of the examples, if set.
        answered_method: The HTTP method that `answer` is for; None for all.
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
        assert verdict(request.method, request.path, request.query, body) is None
        if self.answer is not None and self.answered_method in (None, request.method):
            return Response(200, {}, self.answer)
        known = template(request.method, request.path)
        example = self.documented.example(f"{request.method} {known}")
        content = b"" if example.payload is None else encode(example.payload)
        return Response(example.status, {}, content)


class Client(Resources):
    def __init__(self, http: FakeKatana) -> None:
        self._http = http
