"""What lives outside the program and may be replaced at any time: in a file, or behind a function.

What is read may be a secret: it is parsed at once into something that hides it, and what is wrong
with it is returned, not raised, so that no traceback, future or task holds it as text. Where it is
read from may be a secret too, in the hands of somebody who passes the value for its name: what says
so does not show it, and who raises that forgets it first.
"""

import asyncio
import inspect
import os
import re
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextvars import copy_context
from pathlib import Path
from typing import Any, Final, Generic, TypeVar, cast

from .errors import ConfigurationError
from .kinds import kind_of
from .secrets import reads_as_words

T = TypeVar("T")

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_DRIVE = re.compile(r"[A-Za-z]:(?=[\\/])")

LONGEST_FETCH = 10.0
"""Seconds after which what fetches has failed: the first call of a client may take a while."""

LONGEST_HOLD_UP = 1.0
"""Seconds after which what was fetched before is used on, and the fetch goes on for those to come.
Vaults and requests have limits of their own, and must not meet them while there is a key.
"""

MANY_HANGING = 4
"""From so many calls on that hang, each keeps the next one waiting longer: or they would pile up
for as long as a secret manager is away. It is never for good: it may be back, and they may not.
"""

# From here on, what has no separator and no dot may rather be a key than the name of a file.
_LONG: Final = 32

_NO_ARGUMENTS: Final = (
    "from_source calls its function without arguments, and this one needs some: functools.partial"
    " gives it them"
)


def not_set(variable: object, default: str) -> str | None:
    """Say what is to be done about an environment variable, unless it can be read.

    Args:
        variable: Its name, if the caller made no mistake.
        default: A name to give as an example.
    """
    asked = f"from_env takes the NAME of an environment variable, such as {default}"
    if not isinstance(variable, str):
        return f"{asked}, not {kind_of(variable)}"
    if _is_set(variable):
        return None
    if _VARIABLE.fullmatch(variable) and reads_as_words(variable):
        return f"set {variable}"
    return f"{asked}. What it was given is not set, and not shown, since it may be the key itself"


def _is_set(variable: str) -> bool:
    try:
        return variable in os.environ
    except UnicodeEncodeError:  # and therefore no name; the error would hold the text
        return False


def path_of(given: object) -> Path | ConfigurationError:
    """Return a path, or the error to raise for what is none."""
    try:
        return Path(cast("str", given))
    except TypeError:
        kind = kind_of(given)
    return ConfigurationError(f"from_file takes the PATH of a file, not {kind}")


def _may_be_shown(path: Path) -> bool:
    """Return whether something can only have been meant as a path."""
    text = _DRIVE.sub("", str(path))
    if reads_as_words(text) and (len(text) < _LONG or any(sign in text for sign in "./\\")):
        return True
    # A key that happens to begin with a slash is in no directory but the root.
    return path.parent.name != "" and os.path.isdir(path.parent)  # noqa: PTH112 - never raises


def no_function(fetch: object, returns: str) -> str | None:
    """Say what is wrong with something as a function that fetches, if anything.

    Args:
        fetch: Anything.
        returns: What it is to return.
    """
    if callable(fetch):
        return None if _needs_nothing(fetch) else _NO_ARGUMENTS
    if inspect.isawaitable(fetch):
        return "from_source takes the function itself, not a call of it: leave out the ()"
    return f"from_source takes a function that returns {returns}, not {kind_of(fetch)}"


def _needs_nothing(fetch: Callable[..., object]) -> bool:
    try:
        # As it was decorated: the decorator may give it what it needs.
        inspect.signature(fetch, follow_wrapped=False).bind()
    except TypeError:
        return False
    except ValueError:  # nobody knows: it is not written in Python
        return True
    return True


class WatchedFile(Generic[T]):
    """What is in a file, such as a mounted secret, as it was read when it was last usable.

    Args:
        path: Where the file is. Symlinks are followed.
        parse: Makes of the text what it means, or says what is wrong with it.
        called: What such a file is called in messages.

    Attributes:
        value: What was in it; None before the first time.
        status: Which file that was.
    """

    def __init__(
        self, path: Path, parse: Callable[[str], T | ConfigurationError], *, called: str
    ) -> None:
        self.path = path
        self.value: T | None = None
        self.status: os.stat_result | None = None
        self._parse = parse
        self._called = called

    def load(self) -> T | ConfigurationError:
        """Read the file now. Unless it is usable, what was read before stays."""
        try:
            status = self.path.stat()
            parsed = self._parse(self.path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            problem = "is not text"
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
        except ValueError:  # it holds a null, or half a character
            problem = "cannot be read: it has no path that can be one"
        else:
            if not isinstance(parsed, ConfigurationError):
                self.value, self.status = parsed, status
            return parsed
        if self.status is None and not os.path.lexists(self.path) and not _may_be_shown(self.path):
            return ConfigurationError(
                f"the {self._called} {problem}. from_file takes the PATH of a file; what it was"
                " given is not shown, since it may be the key itself"
            )
        return ConfigurationError(f"the {self._called} {self.path} {problem}")

    def unchanged(self) -> bool:
        """Return whether `value` is from the file as it is now. It costs one `stat`."""
        if self.status is None:
            return False
        try:
            return _identity(self.path.stat()) == _identity(self.status)
        except OSError:
            return False


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


class SingleFlight(Generic[T]):
    """Work whose outcome all share who ask for it while it is going on.

    Args:
        work: Does it. It must end: until then nobody can begin it anew.
        name: The name of its task.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]], name: str) -> None:
        self._work = work
        self._name = name
        self._flight: asyncio.Task[T] | None = None
        self._began_at = 0.0

    async def __call__(self) -> T:
        """Return the outcome of the work that is going on, or that begins now."""
        flight = self._begun()
        # Not awaited itself: a cancelled caller must not take the outcome away from the others.
        await asyncio.wait({flight})
        return flight.result()

    async def soon(self) -> None:
        """Begin the work or join it, and wait while it is younger than `LONGEST_HOLD_UP`."""
        flight = self._begun()
        left = self._began_at + LONGEST_HOLD_UP - time.monotonic()
        await asyncio.wait({flight}, timeout=max(0.0, left))

    def _begun(self) -> asyncio.Task[T]:
        loop = asyncio.get_running_loop()
        flight = self._flight
        # A task of another thread's loop cannot be awaited in this one: it works for itself.
        if flight is None or flight.done() or flight.get_loop() is not loop:
            flight = self._flight = loop.create_task(self._work(), name=self._name)
            flight.add_done_callback(_let_fail)
            self._began_at = time.monotonic()
        return flight


class Unanswered(TimeoutError):
    """What fetches did not answer in time."""


class Fetch(Generic[T]):
    """A function of the caller's that fetches something, and may fail to end.

    Args:
        function: A coroutine function is awaited; a plain function runs in a thread, so it may
            block.
        parse: Makes of its answer what it means. Nothing that can be awaited.
        description: What it is called in messages.
    """

    def __init__(
        self, function: Callable[[], object], parse: Callable[[object], T], description: str
    ) -> None:
        self._function = function
        self._parse = parse
        self._description = description
        self._hanging: list[Future[Any] | asyncio.Task[Any]] = []
        self._given_up_at = 0.0

    async def __call__(self) -> T:
        """Return what the function fetches, parsed.

        Raises:
            Unanswered: It did not answer within `LONGEST_FETCH`.
            Exception: Whatever the function raises.
        """
        self._hanging = [each for each in self._hanging if not each.done()]
        count = len(self._hanging)
        if count >= MANY_HANGING and time.monotonic() < self._given_up_at + count * LONGEST_FETCH:
            raise Unanswered(
                f"{self._description} did not answer, and for a while is not called:"
                f" {count} calls of it have not ended"
            )
        call = asyncio.ensure_future(self._called())
        call.add_done_callback(_let_fail)
        try:
            done, _ = await asyncio.wait({call}, timeout=LONGEST_FETCH)
        finally:
            call.cancel()  # and not waited for: it may hang in what it does then, too
        if not done:
            self._hanging.append(call)
            self._given_up_at = time.monotonic()
            raise Unanswered(f"{self._description} did not answer within {LONGEST_FETCH:g} s")
        return call.result()

    async def _called(self) -> T:
        if inspect.iscoroutinefunction(self._function):
            return self._parse(await self._function())
        answer = await self._from_thread()
        return self._parse(await answer) if inspect.isawaitable(answer) else answer

    async def _from_thread(self) -> T | Awaitable[object]:
        """Call the function in a thread: clients of secret managers often block.

        A thread of its own, which may be left behind. In asyncio's pool those that hang would take
        the places of everybody's work, and keep the program from ending.
        """
        answer: Future[T | Awaitable[object]] = Future()
        answer.set_running_or_notify_cancel()  # from here on nobody can
        thread = threading.Thread(
            target=copy_context().run,
            args=(self._answer, answer),
            name="katana-fetch",
            daemon=True,
        )
        thread.start()
        try:
            return await asyncio.wrap_future(answer)
        except asyncio.CancelledError:
            self._hanging.append(answer)
            raise

    def _answer(self, future: "Future[T | Awaitable[object]]") -> None:
        try:
            answer = self._function()
            # It leaves the thread parsed: a future shows its result, and a task its future.
            future.set_result(answer if inspect.isawaitable(answer) else self._parse(answer))
        except StopIteration:  # a future of asyncio's does not take one, and would never be done
            future.set_exception(RuntimeError("it raised StopIteration"))
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            future.set_exception(error)


def _let_fail(task: "asyncio.Task[Any]") -> None:
    """Look at how a task ended, or asyncio complains if all who waited for it went away."""
    if not task.cancelled():
        task.exception()
