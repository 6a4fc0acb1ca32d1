"""The state of one Katana account, and the switches for how it behaves."""

from collections.abc import Callable
from random import Random
from typing import Any, Literal

from attrs import define, evolve, field

from .clock import Clock, milliseconds, timestamp
from .errors import PathStyle
from .store import Id, Store


def _random_lag() -> Callable[[str, float], float]:
    dice = Random(1)  # noqa: S311 - the same lags in each run, no secret # nosec B311
    return lambda _collection, most: dice.uniform(0, most)


@define
class Oddities:
    """Ways in which the live service has been seen to differ from itself.

    Seconds are those of the sandbox's clock. Collections are named as in their paths.

    Attributes:
        wrapped_errors: Error bodies come inside `{"error": ...}`.
        error_paths: Paths in error details are written `/rows/0/quantity` ("pointer") or
            `.rows[0].quantity` ("dotted").
        bom_rows_answer: POST /bom_rows answers 200 and the row; not 204, as the document has it.
        ignores_limit: Names of collections whose list ignores `limit` and gives 50 at a time.
        user_info_wrapped: GET /user_info answers inside `{"data": ...}`.
        item_custom_fields: The form of custom fields of items: arrays ("legacy"), objects
            ("default"), or what the header X-Custom-Fields-Format asks for ("both").
        rerank_answers: POST /sales_order_rerank and /manufacturing_order_rerank answer 200 and the
            ids; not 204, as before 2026-10-07.
        rate_limit_headers: Answers have the headers X-Ratelimit-*. Not where a gateway in between
            drops them.
        rank_lag: Seconds until lists show a new rank.
        set_cookie: Every answer sets a cookie that names the key it was for.
        read_lag: By how many seconds at most reads of a collection lag behind writes; "*" stands
            for all others. Each read sees one past state, nested and linked records included, so
            that two reads can disagree. Set it before the writes.
        choose_lag: Returns the lag of one read, given the collection and the most seconds; random
            by default, and the same in every run.
        hard_deletes: Collections and tables whose records are deleted without a mark.
        shows_deleted: Collections whose lists show deleted records whatever `include_deleted` is.
        stocktake_delay: Seconds until the new status of a stocktake takes effect.
        bin_inventory_delay: Seconds until GET /bin_inventory shows a change.
        undefined_transactions: The `transaction_id` of serial numbers is "undefined".
    """

    wrapped_errors: bool = True
    error_paths: PathStyle = "pointer"
    bom_rows_answer: bool = True
    ignores_limit: set[str] = field(factory=lambda: {"serial_numbers_stock"})
    user_info_wrapped: bool = False
    item_custom_fields: Literal["legacy", "default", "both"] = "legacy"
    rerank_answers: bool = True
    rate_limit_headers: bool = True
    rank_lag: float = 0.0
    set_cookie: bool = False
    read_lag: dict[str, float] = field(factory=dict[str, float])
    choose_lag: Callable[[str, float], float] = field(factory=_random_lag)
    hard_deletes: set[str] = field(factory=lambda: {"stock_adjustment_rows"})
    shows_deleted: set[str] = field(factory=set[str])
    stocktake_delay: float = 0.0
    bin_inventory_delay: float = 0.0
    undefined_transactions: bool = False

    def longest_lag(self) -> float:
        """Return the seconds for which past states are needed."""
        return max(self.bin_inventory_delay, *self.read_lag.values(), 0.0)


@define
class Account:
    """One Katana account: its records, its clock and its oddities.

    Attributes:
        signals: The inventory signals of the last night by demand window, with that night's time.
    """

    store: Store
    clock: Clock
    oddities: Oddities = field(factory=Oddities)
    signals: dict[int, tuple[int, list[dict[str, Any]]]] = field(
        factory=dict[int, tuple[int, list[dict[str, Any]]]]
    )
    _delayed: list[tuple[float, Callable[[], None]]] = field(
        factory=list[tuple[float, Callable[[], None]]]
    )

    def now(self) -> str:
        """Return the present moment as it is written in records."""
        return timestamp(milliseconds(self.clock))

    def as_read(self, collection: str) -> "Account":
        """Return the account as a read of a collection sees it, see `Oddities.read_lag`."""
        most = self.oddities.read_lag.get(collection, self.oddities.read_lag.get("*", 0.0))
        lag = self.oddities.choose_lag(collection, most) if most else 0.0
        if collection == "bin_inventory":
            lag = max(lag, self.oddities.bin_inventory_delay)
        if not lag:
            return self
        return evolve(self, store=self.store.as_of(milliseconds(self.clock) - int(lag * 1000)))

    def delete(self, table: str, id: Id) -> None:
        """Delete a record, for good where `Oddities.hard_deletes` names its table."""
        if table in self.oddities.hard_deletes:
            self.store[table].erase(id)
        else:
            self.store[table].delete(id)

    def run_later(self, delay: float, action: Callable[[], None]) -> None:
        """Run an action before the first request after a delay in seconds; at once for 0."""
        if delay:
            self._delayed.append((self.clock.time() + delay, action))
        else:
            action()

    def run_delayed(self) -> None:
        """Run the delayed actions that are due."""
        now = self.clock.time()
        due = [action for at, action in self._delayed if at <= now]
        self._delayed = [each for each in self._delayed if each[0] > now]
        for action in due:
            action()
