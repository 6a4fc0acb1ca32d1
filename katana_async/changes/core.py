"""The decisions of the change feed: which page to read next, and which rows are news. No I/O.

Most public methods of `FeedCore` are generators. A generator yields commands (`Read`, `LookUp`,
`Deliver`), receives the reply to each, and changes the state that the cursor contains. The client
executes the commands; tests execute them on plain data.

Reads may lag by up to `overlap`, so neither a row nor its absence proves the present state. The
rules that follow from that, with the history that breaks each simpler rule, are in
tests/changes/test_counterexamples.py. The most important ones:

- `updated_at` orders the versions of a record. Two versions with the same `updated_at` are ordered
  by their reads, if these lie at least `overlap` apart.
- A read that was sent at `s` shows every change before `s - overlap`. Only such an absence or
  difference counts.
- Everything changed before `settled_until` was delivered. Newer deliveries are in `delivered`.
"""

from attrs import define

from .polls import Polls
from .rechecks import Rechecks
from .sweeps import Sweeps


@define(eq=False, slots=False)
class FeedCore(Polls, Sweeps, Rechecks):
    """The decisions for one collection; `Ledger` has the arguments."""
