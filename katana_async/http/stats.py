"""What a client has done so far, in numbers."""

from collections import Counter

from attrs import define, field


@define
class Stats:
    """Counters of one client and of those derived from it. They only grow.

    Attributes:
        calls: Calls made: one for each method called and each page read.
        requests: Requests sent, repeated ones included.
        retries: Requests sent again after a failure or a 429.
        rate_limited: Answers with status 429.
        records: Records read from lists and searches.
        skipped: Records that could not be read and were passed over, by `Pages.on_error`.
        out_of_order: Rows that came before rows which a walk over a list had read already. Many of
            them mean that the list's order changes, and that the walk may miss records.
        tolerated: Known oddities that were read anyway, by `model.field: oddity`.
    """

    calls: int = 0
    requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    records: int = 0
    skipped: int = 0
    out_of_order: int = 0
    tolerated: Counter[str] = field(factory=Counter[str])
