"""Tokens, client secrets, codes, verifiers and states are found only in `Secret`.

The tests record each secret when it becomes a `Secret`, and search for it in errors and their
frames, in log records of level DEBUG, in reprs and in the stored rows.
"""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import evolve, frozen

from katana_async import KatanaError, Secret
from katana_async.oauth import Key, KeyRing, OAuthApp, SQLTokenStore
from katana_async.oauth.sealing.keys import new_key
from katana_async.sandbox import faults
from katana_async.sandbox.oauth import grants
from katana_async.sandbox.wire import Answer
from tests.client.leaks import Canary, debugging, leaks, watching
from tests.oauth.partner import Partner

DAY = 86_400
TOKEN = "/oauth/token"
BROWSER = "browser-session-0123456789abcdef"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """All secrets so far, and all issued tokens: some are in an answer that cannot be read."""
    noted: set[str] = set()
    make, issue = Secret.__init__, grants.make_token

    def issue_and_note(kind: str) -> str:
        token = issue(kind)
        noted.add(token.removeprefix(f"sandbox-{kind}-"))  # the pieces of a canary must be its own
        return token

    def note(self: Secret, value: str) -> None:
        make(self, value)
        if len(value) >= 20:
            noted.add(value)

    monkeypatch.setattr(Secret, "__init__", note)
    monkeypatch.setattr(grants, "make_token", issue_and_note)
    return noted


@pytest.fixture
async def database(partner: Partner, tmp_path: Path) -> AsyncIterator[Path]:
    """A database on disk that the partner's apps share."""
    path = tmp_path / "tokens.db"
    partner.store = SQLTokenStore.sqlite(path)
    yield path
    await partner.store.close()


def make_app(partner: Partner, **settings: object) -> OAuthApp:
    return partner.app(cipher=KeyRing(Key.parse(new_key())), **settings)


async def callback(partner: Partner, app: OAuthApp) -> str:
    return str(partner.oauth.approve(await app.begin(session=BROWSER)))


@frozen
class Spoilt(faults.Outcome):
    """Damage the true answer, so that it cannot be read.

    Attributes:
        status: The status it is sent with.
        form: Text in which the answer stands for `{}`.
        kind: Its content type.
        cut: Number of bytes that are missing at the end.
    """

    status: int
    form: str = "{}"
    kind: str = "application/json"
    cut: int = 0

    def deliver(self, answer: Answer) -> faults.Delivery:
        body = self.form.replace("{}", answer.body.decode()).encode()
        spoilt = evolve(answer, status=self.status, body=body[: len(body) - self.cut], headers=())
        return faults.deliver(spoilt.with_headers(("Content-Type", self.kind)))


@frozen
class Described(faults.Outcome):
    """Refuse with an OAuth error whose description contains the new tokens."""

    def deliver(self, answer: Answer) -> faults.Delivery:
        issued = json.loads(answer.body)
        tokens = " and ".join(issued[name] for name in ("access_token", "refresh_token"))
        body = {"error": "invalid_request", "error_description": f"{tokens} were issued already"}
        return faults.deliver(evolve(answer, status=400, body=json.dumps(body).encode()))


Failure = Callable[[Partner], Awaitable[object]]


async def connect(partner: Partner, **settings: object) -> tuple[OAuthApp, str]:
    app = make_app(partner, **settings)
    connection = await app.complete(await callback(partner, app), session=BROWSER)
    return app, connection.id


async def everything_works(partner: Partner) -> object:
    app, connection_id = await connect(partner)
    katana = partner.client().with_auth(app.auth(connection_id))
    await katana.products.list().count()
    await partner.pass_time(60)
    await app.auth(connection_id).rejected(await app.auth(connection_id).credential())
    await katana.products.list().count()
    async for _ in app.rotate_keys():
        pass
    return await app.disconnect(connection_id, revoke=True)


async def the_app_is_made_wrongly(partner: Partner) -> object:
    return partner.app(cipher="plain text, please")


async def the_secret_is_wrong(partner: Partner) -> object:
    app = make_app(partner, client_secret="wrong-secret-0123456789-0123456789")
    return await app.complete(await callback(partner, app), session=BROWSER)


async def the_callback_is_forged(partner: Partner) -> object:
    app = make_app(partner)
    pairs = dict(parse_qsl(urlsplit(await callback(partner, app)).query))
    return await app.complete({**pairs, "state": "forged-state-0123456789"}, session=BROWSER)


async def the_callback_is_doubled(partner: Partner) -> object:
    app = make_app(partner)
    given = await callback(partner, app)
    return await app.complete(f"{given}&{urlsplit(given).query}", session=BROWSER)


async def the_browser_is_another(partner: Partner) -> object:
    app = make_app(partner)
    return await app.complete(
        await callback(partner, app), session="another-session-0123456789abcdef"
    )


def at_the_endpoint(fault: faults.Fault) -> Failure:
    async def fail(partner: Partner) -> object:
        app = make_app(partner, timeout=2, lease=5, patience=10)
        given = await callback(partner, app)
        partner.sandbox.faults.add(fault, path=TOKEN, times=None)
        try:
            return await app.complete(given, session=BROWSER)
        finally:
            assert partner.requests() == 1

    return fail


async def the_refresh_is_lost(partner: Partner) -> object:
    app, connection_id = await connect(partner)
    credential = await app.auth(connection_id).credential()
    await partner.pass_time(60)
    partner.sandbox.faults.add(faults.ResetAfterRead(processed=True), path=TOKEN)
    return await app.auth(connection_id).rejected(credential)


async def the_connection_has_ended(partner: Partner) -> object:
    app, connection_id = await connect(partner)
    credential = await app.auth(connection_id).credential()
    await partner.pass_time(60)
    partner.oauth.kill("grant-1")
    return await app.auth(connection_id).rejected(credential)


async def the_caller_is_cancelled(partner: Partner) -> object:
    app, connection_id = await connect(partner)
    credential = await app.auth(connection_id).credential()
    await partner.pass_time(60)
    partner.sandbox.faults.add(faults.Latency(0.5), path=TOKEN)
    caller = asyncio.ensure_future(app.auth(connection_id).rejected(credential))
    await partner.until(lambda: partner.requests() == 2)
    caller.cancel()
    try:
        return await caller
    finally:  # the refresh goes on, with its secrets
        await partner.until(lambda: bool(partner.refreshed))


async def the_key_is_lost(partner: Partner) -> object:
    _, connection_id = await connect(partner)
    return await make_app(partner).auth(connection_id).credential()


async def the_store_is_away(partner: Partner) -> object:
    app, connection_id = await connect(partner)
    credential = await app.auth(connection_id).credential()
    await partner.pass_time(60)

    async def fail(*_: object, **__: object) -> bool:
        raise OSError("the database is away")

    partner.store.write = fail
    return await app.auth(connection_id).rejected(credential)


FAILURES: dict[str, Failure] = {
    each.__name__.replace("_", " "): each
    for each in (
        everything_works,
        the_app_is_made_wrongly,
        the_secret_is_wrong,
        the_callback_is_forged,
        the_callback_is_doubled,
        the_browser_is_another,
        the_refresh_is_lost,
        the_connection_has_ended,
        the_caller_is_cancelled,
        the_key_is_lost,
        the_store_is_away,
    )
} | {
    f"the endpoint answers {name}": at_the_endpoint(fault)
    for name, fault in {
        "nothing": faults.ResetAfterRead(processed=True),
        "a part": faults.CutBody(30),
        "too late": faults.Latency(4),
        "HTML": faults.Html(503),
        "no JSON": faults.Empty(200),
        "gzip that is none": faults.GzipGarbage(),
        "502 with its tokens, cut": Spoilt(502, cut=100),
        "502 with its tokens in a text": Spoilt(502, "upstream said: {} (cut)", "text/plain"),
        "502 with its tokens in a page": Spoilt(502, "<h1>Oh no</h1><pre>{}</pre>", "text/html"),
        "502 with its tokens in a message": Spoilt(502, '{"message": {}, "x": ', "text/plain"),
        "403 with its tokens": Spoilt(403),
        "403 with its tokens, cut": Spoilt(403, cut=1),
        "an error that tells its tokens": Described(),
        "a token that cannot be sent": faults.Status(
            200, {"access_token": "a b-0123456789-0123456789", "token_type": "Bearer"}
        ),
    }.items()
}


async def run_slowly(partner: Partner, work: Awaitable[object]) -> None:
    """Let time pass while nothing happens; in debug mode each turn of the loop is slow."""
    task = asyncio.ensure_future(work)
    while not (await asyncio.wait((task,), timeout=0.03))[0]:
        await partner.pass_time(0.3)
    await task


def without_tests(where: TracebackType | None) -> TracebackType | None:
    """Return the traceback without the frames of the test, which stand for a user's program."""
    while where is not None and where.tb_frame.f_globals["__name__"].startswith(("tests", "asyn")):
        where = where.tb_next
    return where


@pytest.mark.parametrize("name", FAILURES)
async def test_no_secret_is_anywhere_when(
    name: str, partner: Partner, secrets: set[str], database: Path
) -> None:
    error: BaseException | None = None
    with debugging(), watching() as watch:
        try:
            await run_slowly(partner, FAILURES[name](partner))
        except (KatanaError, asyncio.CancelledError) as caught:
            error = caught.with_traceback(without_tests(caught.__traceback__))
        gc.collect()
    assert (error is None) == (name == "everything works")
    noted = [Canary(value=value) for value in secrets]
    assert len(noted) >= 1
    assert leaks(noted, error, watch) == []
    stored = b"".join(path.read_bytes() for path in database.parent.iterdir())
    assert [each for each in noted if each.is_in(stored)] == []


async def test_no_repr_shows_a_secret(partner: Partner, secrets: set[str]) -> None:
    app, connection_id = await connect(partner)
    auth = app.auth(connection_id)
    credential = await auth.credential()
    seen: list[object] = [app, auth, credential, app._context, app._authorizer]
    seen += [
        app._sessions,
        app._sessions._sessions,
        *(session.refresher for session in app._sessions._sessions.values()),
        await partner.record(app, connection_id),
    ]
    seen += [await app.connection(connection_id), *partner.store._rows.items()]
    text = "".join(f"{each!r} {each!s}" for each in seen)
    assert len(secrets) >= 5
    assert [value for value in secrets if value in text] == []


async def test_the_search_finds_a_leak(partner: Partner, secrets: set[str]) -> None:
    app, connection_id = await connect(partner)
    with watching() as watch:
        raised = KatanaError((await app.auth(connection_id).credential()).token.reveal())
    assert leaks([Canary(value=value) for value in secrets], raised, watch)
