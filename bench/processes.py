"""The processes of a run: the server, a worker for each client, the community client's Python."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Self

import msgspec

from bench.results import Sample

ROOT = Path(__file__).parents[1]
COMMUNITY = "katana-openapi-client"

# The same order of sets and dicts in each run and each process.
_ENVIRONMENT = {**os.environ, "PYTHONHASHSEED": "0"}


def create_community_python() -> str | None:
    """Install the community client's newest version into an environment within this one.

    Its dependencies may conflict with the SDK's. Return its Python, or None if the installation
    fails: without a network, or on Python 3.11, for which it has no such version.
    """
    folder = Path(sys.prefix) / "community"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    try:
        if not python.exists():
            venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--upgrade", f"{COMMUNITY}>=0.89"]
        subprocess.run(pip, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{COMMUNITY} cannot be installed, and is left out: {error}", file=sys.stderr)
        return None
    return str(python)


def create_sdk_python(python: str) -> str | None:
    """Install the SDK and orjson for another Python, into an environment within this one.

    Return its Python, or None if there is no such Python or the installation fails.
    """
    folder = Path(sys.prefix) / "other"
    created = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    try:
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(created), "-m", "pip", "install", "--quiet", "--editable", str(ROOT), "orjson"]
        subprocess.run(pip, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{python} cannot be used, and is left out: {error}", file=sys.stderr)
        return None
    return str(created)


def _start(python: str, module: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [python, "-m", module, *arguments],
        cwd=ROOT,
        env=_ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


@contextmanager
def _on_processor(place: int) -> Generator[None]:
    """Let processes that are started meanwhile run on one processor, the first (0) or last (-1).

    Otherwise a client and the server move between processors, and figures have two levels.
    """
    if not hasattr(os, "sched_setaffinity"):  # Linux alone has it
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[place]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@contextmanager
def serve() -> Generator[str]:
    """Run the server, on the first processor; yield its address."""
    with _on_processor(0):
        server = _start(sys.executable, "bench.server")
    with server as process:
        try:
            yield f"http://127.0.0.1:{_pipe(process.stdout).readline().strip()}"
        finally:
            process.terminate()


class Worker:
    """A process with one client."""

    def __init__(self, python: str, client: str, base_url: str, connections: int) -> None:
        arguments = (client, base_url, str(connections))
        self._client = client
        self._process = _start(python, "bench.worker", *arguments)

    def read(self) -> str:
        """Read a line of its answers.

        Raises:
            RuntimeError: The process has ended. Its traceback is on stderr.
        """
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise RuntimeError(f"the worker of {self._client} ended")
        return line

    def measure(self, operation: str, arguments: dict[str, Any]) -> Sample:
        """Run an operation once."""
        stdin = _pipe(self._process.stdin)
        stdin.write(json.dumps([operation, arguments]) + "\n")
        stdin.flush()
        return msgspec.json.decode(self.read(), type=Sample)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.__exit__(None, None, None)


@contextmanager
def start_workers(
    pythons: Mapping[str, str], clients: Sequence[str], base_url: str, connections: int
) -> Generator[dict[str, Worker]]:
    """Start a worker for each client, on the last processor, and wait until all are ready."""
    with ExitStack() as stack:
        with _on_processor(-1):
            workers = {
                name: stack.enter_context(Worker(pythons[name], name, base_url, connections))
                for name in clients
            }
        for worker in workers.values():
            worker.read()
        yield workers
