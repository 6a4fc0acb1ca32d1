"""A search for a secret (a canary) in errors, logs, warnings and reachable objects."""

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

_PIECE = 10  # characters of a canary that already count as a leak

# Objects of the test runner, the servers and the tests may contain the canary.
_OURS = ("tests", "_pytest", "pytest", "pluggy", "pytest_asyncio", "pytest_timeout", "hypothesis")
_SERVER = "katana_async.sandbox"


class Canary:
    """A secret that the search recognises by any piece of it, also in base64."""

    def __init__(self, prefix: str = "", value: str | None = None) -> None:
        value = value or secrets.token_hex(24)
        self.secret = Secret(value)
        written = [value]
        for text in (value, f"{prefix}:{value}"):
            # The preceding characters shift the base64 text, so it has three spellings.
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
        # `map` is fast, and this runs millions of times.
        if isinstance(text, str):
            return any(map(text.__contains__, self._pieces))
        return any(map(bytes(text).__contains__, self._pieces_as_bytes))


@frozen(eq=False)
class Logged:
    """A log record as text, with its attributes.

    Records of asyncio and aiohttp are kept as text only, because their arguments are live
    connections, and a reference to a connection keeps the data that it has received.
    """

    name: str
    text: str = field(repr=False)
    holds: dict[str, object] | None = field(repr=False)


@define(eq=False)
class Watch:
    """The log records, warnings and unraisable exceptions of a block of code."""

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
    """Record every log record of every logger, every warning and every unraisable exception."""
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
            # As text, since a warning keeps a reference to its subject, which would never be freed.
            warnings.showwarning = lambda message, category, *where: watch.warned.append(
                f"{category.__name__} {message} {message!r} {where}"
            )
            yield watch
            gc.collect()  # for the warnings and log records of destructors
    finally:
        sys.unraisablehook = unraisablehook
        logging.root.removeHandler(handler)
        for logger, level, disabled in before:
            logger.setLevel(level)
            logger.disabled = disabled


@contextmanager
def debugging() -> Iterator[None]:
    """Put the running loop into debug mode and let it log every callback as slow."""
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
    """Return the places with a canary in an error, in the records of a watch, and behind them."""
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
        formatted = traceback.TracebackException.from_exception(one, capture_locals=True)
        texts[f"traceback of {name} with locals"] = "".join(formatted.format())
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            try:
                pickled = pickle.dumps(one, protocol)
            except (TypeError, AttributeError, pickle.PicklingError):
                continue
            texts[f"pickle {protocol} of {name}"] = pickled
            texts[f"copy {protocol} of {name}"] = repr(vars(pickle.loads(pickled)))
    return texts


def chain(error: BaseException) -> list[BaseException]:
    """Return an exception with its causes, contexts and group members."""
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
    """Return the paths of references from objects to a canary.

    The search follows every reference that the garbage collector sees, including C objects,
    suspended coroutines, the locals of frames and the event loop. It stops at `Secret`, at objects
    of the tests, and at code: modules, classes, the globals of functions. It also stops at the
    parser of a kept connection. The parser keeps the headers of the last answer until the next one,
    and so a key that a server echoes there; only C code can read it.
    """
    found: list[str] = []
    seen: dict[int, object] = {}
    todo: list[tuple[object, str]] = [(root, name) for name, root in roots.items()]
    while todo:
        thing, way = todo.pop()
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing  # keeps the object alive, so that no other object gets its id
        if isinstance(thing, str | bytes | bytearray | memoryview):
            if any(canary.is_in(thing) for canary in canaries):
                found.append(way)
        elif not _is_boundary(thing):
            todo += [(child, f"{way}{step}") for step, child in _iterate_children(thing)]
    return found


def _is_boundary(thing: object) -> bool:
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


def _iterate_children(thing: Any) -> Iterator[tuple[str, object]]:
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
