"""Looking for a canary everywhere that a failure could carry it to."""

import asyncio
import gc
import io
import logging
import pickle
import secrets
import sys
import traceback
import types
import warnings
import weakref
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp.http_parser import HttpResponseParser
from attrs import define, field, frozen

from katana_async import Secret

_PIECE = 10  # characters: so much of a canary is a leak too

# What belongs to the test may hold the canary: the runner, the servers and the test itself.
_OURS = ("tests", "_pytest", "pytest", "pluggy", "pytest_asyncio", "pytest_timeout", "hypothesis")
_SERVER = "katana_async.sandbox"


class Canary:
    """A secret that can be recognised by any piece of it, also in base64."""

    def __init__(self, prefix: str = "", value: str | None = None) -> None:
        value = value or secrets.token_hex(24)
        self.secret = Secret(value)
        written = [value]
        for text in (value, f"{prefix}:{value}"):
            # Another beginning shifts all that follows: there are three ways to write it.
            written += [b64encode(b"-" * n + text.encode()).decode()[4:-4] for n in range(3)]
        self._pieces = [
            text[start : start + _PIECE]
            for text in written
            for start in range(0, len(text) - _PIECE + 1, _PIECE // 2)
        ]
        self._pieces_as_bytes = [piece.encode() for piece in self._pieces]

    def __repr__(self) -> str:
        return "<Canary>"

    def reveal(self) -> str:
        return self.secret.reveal()

    def is_in(self, text: str | bytes | bytearray | memoryview) -> bool:
        # Mapped, since it is done millions of times.
        if isinstance(text, str):
            return any(map(text.__contains__, self._pieces))
        return any(map(bytes(text).__contains__, self._pieces_as_bytes))


@frozen(eq=False)
class Logged:
    """A log record, as text, and what it holds.

    Of asyncio and aiohttp only the text is kept: they speak of live connections, and whoever keeps
    those keeps what they have received.
    """

    name: str
    text: str = field(repr=False)
    holds: dict[str, object] | None = field(repr=False)


@define(eq=False)
class Watch:
    """What was logged and warned of meanwhile, and what could not be raised."""

    records: list[Logged] = field(factory=list)
    warned: list[str] = field(factory=list)
    unraisable: list[Any] = field(factory=list)


class _Keep(logging.Handler):
    def __init__(self, records: list[Logged]) -> None:
        super().__init__(1)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        name = f"log record of {record.name} in {record.funcName}"
        holds = record.__dict__ if record.name.startswith("katana_async") else None
        self._records.append(Logged(name, f"{self.format(record)} {record.__dict__}", holds))


@contextmanager
def watching() -> Iterator[Watch]:
    """Take down every log record of every logger, every warning, and every unraisable exception."""
    watch = Watch()
    handler = _Keep(watch.records)
    names = [name for name in logging.root.manager.loggerDict if not name.startswith(_OURS)]
    loggers = [logging.root, *map(logging.getLogger, names)]
    before = [(logger, logger.level, logger.disabled) for logger in loggers]
    unraisablehook = sys.unraisablehook
    logging.root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(1)
        logger.disabled = False
    sys.unraisablehook = watch.unraisable.append
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            # As text, since a warning holds what it is about, and that would never be gone.
            warnings.showwarning = lambda message, category, *where: watch.warned.append(
                f"{category.__name__} {message} {message!r} {where}"
            )
            yield watch
            gc.collect()  # what is told when something is forgotten
    finally:
        sys.unraisablehook = unraisablehook
        logging.root.removeHandler(handler)
        for logger, level, disabled in before:
            logger.setLevel(level)
            logger.disabled = disabled


@contextmanager
def debugging() -> Iterator[None]:
    """Make the running loop tell everything: in debug mode, with every callback logged as slow."""
    loop = asyncio.get_running_loop()
    before = loop.get_debug(), loop.slow_callback_duration
    loop.set_debug(True)
    loop.slow_callback_duration = 0.0
    try:
        yield
    finally:
        loop.set_debug(before[0])
        loop.slow_callback_duration = before[1]


def leaks(canaries: Iterable[Canary], error: BaseException | None, watch: Watch) -> list[str]:
    """Return where a canary is, of all the places that an error, a log and a warning lead to."""
    texts: dict[str, str | bytes] = {}
    roots: dict[str, object] = {}
    if error is not None:
        roots["error"] = error
        texts |= _texts_of(error)
    for number, record in enumerate(watch.records):
        texts[f"{record.name}, {number}"] = record.text
        roots[f"{record.name}, {number}"] = record.holds
    texts |= {f"warning {number}": text for number, text in enumerate(watch.warned)}
    for number, hook in enumerate(watch.unraisable):
        texts[f"unraisable {number}"] = f"{hook.err_msg} {hook.exc_value!r}"
        roots[f"unraisable {number}"] = [hook.exc_value, hook.exc_traceback, hook.object]
    found = [name for name, text in texts.items() if any(canary.is_in(text) for canary in canaries)]
    return found + reachable(canaries, roots)


def _texts_of(error: BaseException) -> dict[str, str | bytes]:
    texts: dict[str, str | bytes] = {}
    for depth, one in enumerate(chain(error)):
        name = f"{type(one).__name__} {depth}"
        texts[f"repr of {name}"] = repr(one)
        texts[f"str of {name}"] = str(one)
        told = traceback.TracebackException.from_exception(one, capture_locals=True)
        texts[f"traceback of {name} with locals"] = "".join(told.format())
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            try:
                pickled = pickle.dumps(one, protocol)
            except (TypeError, AttributeError, pickle.PicklingError):
                continue
            texts[f"pickle {protocol} of {name}"] = pickled
            texts[f"copy {protocol} of {name}"] = repr(vars(pickle.loads(pickled)))
    return texts


def chain(error: BaseException) -> list[BaseException]:
    """Return an exception and all that it was raised from, while, or together with."""
    found: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or any(one is other for other in found):
            continue
        found.append(one)
        todo += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            todo += one.exceptions
    return found


def reachable(canaries: Iterable[Canary], roots: dict[str, object]) -> list[str]:
    """Return the ways by which a canary can be reached from objects.

    Goes through everything that the garbage collector can go through, C objects, suspended
    coroutines, the locals of frames and the event loop included. It stops at `Secret`, at what is
    the test's own, and at code: modules, classes, the globals of functions. And at the parser of a
    connection that is kept: until the next answer it remembers the headers of the last, so that a
    key which a server gave back in one stays for seconds more, but where only C gets at it.
    """
    found: list[str] = []
    seen: dict[int, object] = {}
    todo: list[tuple[object, str]] = [(root, name) for name, root in roots.items()]
    while todo:
        thing, way = todo.pop()
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing  # kept, so that no other gets its id meanwhile
        if isinstance(thing, str | bytes | bytearray | memoryview):
            if any(canary.is_in(thing) for canary in canaries):
                found.append(way)
        elif not _stops_at(thing):
            todo += [(child, f"{way}{step}") for step, child in _children(thing)]
    return found


def _stops_at(thing: object) -> bool:
    if thing is None or isinstance(
        thing, Secret | type | types.ModuleType | types.CodeType | int | float | HttpResponseParser
    ):
        return True
    if isinstance(thing, dict) and "__builtins__" in thing and "__name__" in thing:
        return True  # the globals of a module
    return _is_ours(str(type(thing).__module__)) or _is_ours(_module_of_code(thing))


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in _OURS or module.startswith(_SERVER)


def _module_of_code(thing: object) -> str:
    if isinstance(thing, types.FunctionType):
        return str(thing.__module__)
    frame = thing if isinstance(thing, types.FrameType) else _frame_of(thing)
    return "" if frame is None else str(frame.f_globals.get("__name__", ""))


def _frame_of(thing: object) -> types.FrameType | None:
    for name in ("cr_frame", "gi_frame", "ag_frame"):
        frame = getattr(type(thing), name, None) and getattr(thing, name)
        if isinstance(frame, types.FrameType):
            return frame
    return None


def _children(thing: Any) -> Iterator[tuple[str, object]]:
    if isinstance(thing, types.FrameType):
        yield from ((f" > {thing.f_code.co_name}:{k}", v) for k, v in thing.f_locals.items())
    elif isinstance(thing, types.TracebackType):
        yield "", thing.tb_frame
        yield "", thing.tb_next
    elif isinstance(thing, types.FunctionType):
        yield ".closure", thing.__closure__
        yield ".defaults", [thing.__defaults__, thing.__kwdefaults__]
        yield ".dict", thing.__dict__
    elif isinstance(thing, types.BuiltinFunctionType):
        yield ".self", thing.__self__
    elif isinstance(thing, types.CoroutineType):
        yield "", thing.cr_frame
        yield ".await", thing.cr_await
    elif isinstance(thing, types.GeneratorType | types.AsyncGeneratorType):
        yield "", _frame_of(thing)
    elif isinstance(thing, weakref.ReferenceType):
        yield "()", thing()
    elif isinstance(thing, io.BytesIO | io.StringIO) and not thing.closed:
        yield ".getvalue()", thing.getvalue()
    elif isinstance(thing, dict):
        for key, value in list(thing.items()):
            yield ".keys()", key
            yield f"[{key if isinstance(key, str) and len(key) < 30 else type(key)}]", value
    else:
        label = f" ({type(thing).__qualname__})"
        yield from ((label, child) for child in gc.get_referents(thing))
