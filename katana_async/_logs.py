"""Log output by environment variable: `KATANA_LOG=debug` or `KATANA_LOG=info`."""

import logging

VARIABLE = "KATANA_LOG"
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}
_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

log = logging.getLogger("katana_async")


def set_up_logging(level: str) -> None:
    """Show the log records of the SDK from a level upwards: the value of KATANA_LOG.

    `debug` shows each request, `info` clients, retries and changes of connections. If the program
    configures logging (the root logger has handlers), its handlers write the records, and only the
    level of the logger `katana_async` is set.
    """
    chosen = _LEVELS.get(level.strip().lower())
    if chosen is None:
        log.warning("%s must be debug or info, not %r", VARIABLE, level)
        return
    log.setLevel(chosen)
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(_FORMAT))
        handler.addFilter(lambda _: not logging.root.handlers)
        log.addHandler(handler)
