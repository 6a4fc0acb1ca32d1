"""Sources of secrets outside the program: environment variables, watched files, functions.

A value that is read may be a secret. It is parsed at once into an object that hides it, and a
problem with it is returned and not raised, so that no traceback, future or task holds it as text.

The name of a source may be a secret too, if a caller passes the value in its place. So messages do
not show such a name, and callers delete it before they raise.
"""

import asyncio
import inspect
import logging
import os
import re
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import copy_context
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, Self, TypeVar, cast

from ..errors import ConfigurationError
from ..secrets import kind_of, reads_as_words

log = logging.getLogger("katana_async")

T = TypeVar("T")

KeyCallable = Callable[[], str | Awaitable[str]]
Parse = Callable[[object, str], T | ConfigurationError]
"""Converts a text, given the description of its source, or returns the error to raise."""

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_DRIVE = re.compile(r"[A-Za-z]:(?=[\\/])")

LONGEST_FETCH = 10.0  # seconds after which a fetch has failed
# Seconds that a caller waits for a fetch while an older value is usable: the token store and
# requests have time limits, which must not expire while there is a key. The fetch continues.
LONGEST_HOLD_UP = 1.0
# Seconds between a failed fetch and the next one, while an older value is usable.
_PAUSE: Final = 10.0
# Hanging calls from which each one delays the next: they must not pile up in an outage of a secret
# manager. The delay ends, because the secret manager may recover although the calls hang for ever.
MANY_HANGING = 4

# A text of this length without a separator and a dot is more likely a key than a file name.
_LONG: Final = 32


def _is_surely_path(path: Path) -> bool:
    """Return whether a value is certainly a path, and not a key that was passed as one."""
    if os.path.lexists(path):
        return True
    text = _DRIVE.sub("", str(path))
    if reads_as_words(text) and (len(text) < _LONG or any(sign in text for sign in "./\\")):
        return True
    # A key that begins with a slash would be in the root directory.
    return path.parent.name != "" and os.path.isdir(path.parent)  # noqa: PTH112 - never raises


def explain_wrong_function(fetch: object, returns: str) -> str | None:
    """Return the problem with the function of `from_source`; None if it can be called."""
    if not callable(fetch):
        if inspect.isawaitable(fetch):
            return "from_source takes the function itself, not a call of it: leave out the ()"
        return f"from_source takes a function that returns {returns}, not {kind_of(fetch)}"
    try:
        # The signature of a decorator's wrapper counts, since it may supply arguments.
        inspect.signature(fetch, follow_wrapped=False).bind()
    except TypeError:
        return (
            "from_source calls its function without arguments, and this one needs some: bind them"
            " with functools.partial"
        )
    except ValueError:  # a function that is not written in Python may have no signature
        pass
    return None


class SecretSource(Generic[T]):
    """A source of a secret that does not change, and the base of those that do."""

    # Whether `refresh` may find another value.
    can_change: ClassVar[bool] = False

    def __init__(self, description: str, value: T | None = None) -> None:
        self.description = description  # in messages
        self.value = value  # of the last successful read; None before the first one
        self.problem: Exception | None = None  # of the last read; None if it succeeded
        self.clock = time.monotonic  # tests replace it

    async def refresh(self, *, afresh: bool) -> None:
        """Read the source again if it may have changed, or `afresh`; a failure keeps `value`."""


class FromSource(Generic[T]):
    """The base of classes whose secret comes from a source."""

    # A traceback with locals shows the repr of an object whose secret was refused.
    _source: SecretSource[T] = SecretSource("refused arguments")

    @classmethod
    def _of(cls, source: SecretSource[T] | ConfigurationError) -> Self:
        if isinstance(source, ConfigurationError):
            raise source
        made = cls.__new__(cls)
        made._source = source  # noqa: SLF001 - of its own class
        return made


def open_variable(
    name: object, parse: Parse[T], default: str, problem: str
) -> SecretSource[T] | ConfigurationError:
    """Return a variable's value, or the error to raise: `problem`, with the remedy for `{}`."""
    usage = f"from_env takes the NAME of an environment variable, such as {default}"
    if not isinstance(name, str):
        return ConfigurationError(problem.format(f"{usage}, not {kind_of(name)}"))
    try:
        text = os.environ.get(name)
    except UnicodeEncodeError:  # no variable has such a name; the error would hold the text
        text = None
    if text is None:
        remedy = (
            f"{usage}. The given name is not set, and not shown, since it may be the key itself"
        )
        if _VARIABLE.fullmatch(name) and reads_as_words(name):
            remedy = f"set {name}"
        return ConfigurationError(problem.format(remedy))
    description = f"the environment variable {name}"
    parsed = parse(text, description)
    return parsed if isinstance(parsed, ConfigurationError) else SecretSource(description, parsed)


class WatchedFile(SecretSource[T]):
    """A file that may be replaced at any time, such as a mounted secret. Symlinks are followed."""

    can_change = True

    def __init__(self, path: Path, parse: Parse[T], kind: str) -> None:
        super().__init__(f"the file {path}")
        self.path = path
        self.status: os.stat_result | None = None  # of the file that `value` was read from
        self._parse = parse
        self._kind = kind

    @classmethod
    def open(
        cls, given: object, parse: Parse[T], *, kind: str
    ) -> "WatchedFile[T] | ConfigurationError":
        """Return a file that was read successfully, or the error to raise."""
        try:
            path = Path(cast("str", given))
        except TypeError:
            return ConfigurationError(f"from_file takes the PATH of a file, not {kind_of(given)}")
        file = cls(path, parse, kind)
        return file._load() or file

    async def refresh(self, *, afresh: bool) -> None:
        self.problem = None if self._is_current() and not afresh else self._load()
        if self.problem is not None:
            log.warning("%s; keeping the last value", self.problem)

    def _load(self) -> ConfigurationError | None:
        """Read the file, and return the error to raise if it is not usable."""
        try:
            status = self.path.stat()
            parsed = self._parse(self.path.read_text(encoding="utf-8"), self.description)
        except UnicodeDecodeError:
            problem = "is not text"
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
        except ValueError:  # the path contains a null or a lone surrogate
            problem = "cannot be read: its path is not valid"
        else:
            if isinstance(parsed, ConfigurationError):
                return parsed
            self.value, self.status = parsed, status
            return None
        if self.status is None and not _is_surely_path(self.path):
            return ConfigurationError(
                f"the {self._kind} {problem}. from_file takes the PATH of a file; the given path"
                " is not shown, since it may be the key itself"
            )
        return ConfigurationError(f"the {self._kind} {self.path} {problem}")

    def _is_current(self) -> bool:
        try:
            status = self.path.stat()
        except (OSError, ValueError):
            return False
        names = ("st_dev", "st_ino", "st_mtime_ns", "st_size")
        return all(getattr(status, name) == getattr(self.status, name, None) for name in names)


class FetchTimeout(TimeoutError):
    """The function did not return in time."""


class FetchedSecret(SecretSource[T]):
    """A secret that a function fetches, kept for `ttl` seconds. Concurrent callers share it."""

    can_change = True

    def __init__(
        self,
        function: Callable[[], object],
        parse: Parse[T],
        make_problem: Callable[[Exception, str], Exception],  # the text shows no secret
        ttl: float,
    ) -> None:
        name = getattr(function, "__qualname__", type(function).__name__)
        super().__init__(f"the key source {name}")
        self._function = function
        self._parse = parse
        self._make_problem = make_problem
        self._ttl = ttl
        self._fresh_until = 0.0
        self._flight: asyncio.Task[None] | None = None
        self._began_at = 0.0
        self._hanging: list[Future[Any] | asyncio.Task[Any]] = []
        self._given_up_at = 0.0

    async def refresh(self, *, afresh: bool) -> None:
        # Awaiting the task itself would cancel it for all callers if one caller is cancelled.
        if afresh or self.value is None:
            await asyncio.wait({self._join_flight()})
        elif self.clock() >= self._fresh_until:
            flight = self._join_flight()
            left = self._began_at + LONGEST_HOLD_UP - time.monotonic()
            await asyncio.wait({flight}, timeout=max(0.0, left))

    def _join_flight(self) -> asyncio.Task[None]:
        loop = asyncio.get_running_loop()
        flight = self._flight
        # A task of another loop cannot be awaited in this one, so this loop starts its own.
        if flight is None or flight.done() or flight.get_loop() is not loop:
            flight = self._flight = loop.create_task(self._load(), name="katana-fetch")
            self._began_at = time.monotonic()
        return flight

    async def _load(self) -> None:
        problem: Exception
        try:
            fetched = await self._fetch()
        except FetchTimeout as error:
            problem, reason = error, str(error)
        except Exception as error:  # noqa: BLE001 - the function is the caller's
            # The text of the exception may show the secret.
            problem, reason = error, f"{self.description} failed with {type(error).__name__}"
        else:
            if not isinstance(fetched, ConfigurationError):
                self.value, self.problem = fetched, None
                self._fresh_until = self.clock() + self._ttl
                return
            problem, reason = fetched, str(fetched)
        self.problem = self._make_problem(problem, reason)
        if self.value is not None:
            log.warning("%s; keeping the last value", reason)
            self._fresh_until = self.clock() + _PAUSE

    async def _fetch(self) -> T | ConfigurationError:
        """Call the function for at most `LONGEST_FETCH`, and return its parsed result."""
        self._hanging = [each for each in self._hanging if not each.done()]
        count = len(self._hanging)
        if count >= MANY_HANGING and time.monotonic() < self._given_up_at + count * LONGEST_FETCH:
            raise FetchTimeout(
                f"{self.description} did not answer, and for a while is not called:"
                f" {count} calls of it have not ended"
            )
        call = asyncio.ensure_future(self._call())
        call.add_done_callback(_retrieve_exception)
        try:
            done, _ = await asyncio.wait({call}, timeout=LONGEST_FETCH)
        finally:
            call.cancel()  # not awaited: its cleanup may hang too
        if not done:
            self._hanging.append(call)
            self._given_up_at = time.monotonic()
            raise FetchTimeout(f"{self.description} did not answer within {LONGEST_FETCH:g} s")
        return call.result()

    async def _call(self) -> T | ConfigurationError:
        if inspect.iscoroutinefunction(self._function):
            return self._parse(await self._function(), self.description)
        # A hanging thread is left behind. In asyncio's pool it would occupy a worker of the
        # program and keep the program from ending.
        answer: Future[Any] = Future()
        answer.set_running_or_notify_cancel()  # from here on it cannot be cancelled
        run = copy_context().run
        threading.Thread(
            target=run, args=(self._run_in_thread, answer), name="katana-fetch", daemon=True
        ).start()
        try:
            found = await asyncio.wrap_future(answer)
        except asyncio.CancelledError:
            self._hanging.append(answer)
            raise
        if inspect.isawaitable(found):
            return self._parse(await found, self.description)
        return cast("T | ConfigurationError", found)

    def _run_in_thread(self, future: Future[Any]) -> None:
        try:
            answer = self._function()
            # Parsed within the thread, since the repr of a future shows its result.
            is_parsed = not inspect.isawaitable(answer)
            future.set_result(self._parse(answer, self.description) if is_parsed else answer)
        except StopIteration:  # asyncio's futures refuse one, and would never be done
            future.set_exception(RuntimeError("it raised StopIteration"))
        except BaseException as error:  # noqa: BLE001 - raised again by the waiting caller
            future.set_exception(error)


def _retrieve_exception(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()  # otherwise asyncio logs it if no caller is left
