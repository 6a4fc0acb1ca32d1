"""Which connection is meant."""

import os

from .problems import UsageProblem

CONNECTION_VARIABLE = "KATANA_CONNECTION"

_DEFAULT = "default"


def connection_name(given: str | None) -> str:
    """Return a connection's name: as given, else KATANA_CONNECTION, else `default`.

    One that is given but empty, as by `logout "$ACME"` without ACME, is not taken for another.

    Raises:
        UsageProblem: It cannot be one.
    """
    from ..oauth.sealing.sealed_rows import check_connection_id

    if given is None:
        given = os.environ.get(CONNECTION_VARIABLE) or _DEFAULT
    try:
        return check_connection_id(given)
    except ValueError as error:
        problem = str(error)
    raise UsageProblem(problem)
