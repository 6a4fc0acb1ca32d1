"""`--verbose`: the SDK's log of requests, on stderr."""

import logging
from collections.abc import Callable

from .problems import complain

_logger = logging.getLogger("katana_async")


class _Complaining(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        complain(record.getMessage())


def show_requests() -> Callable[[], None]:
    """Write what the SDK logs to stderr, one line for each request; return what ends that."""
    level, handler = _logger.level, _Complaining()
    _logger.setLevel(logging.DEBUG)
    _logger.addHandler(handler)

    def stop() -> None:
        _logger.removeHandler(handler)
        _logger.setLevel(level)

    return stop


def shows_requests() -> bool:
    """Return whether requests are shown on stderr."""
    return any(isinstance(handler, _Complaining) for handler in _logger.handlers)
