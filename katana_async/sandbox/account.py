"""The state of a Katana account, and the switches between observed behaviours."""

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
    """Switches between behaviours that were observed of the live service.

    Seconds are those of the sandbox's clock. Collections have the names in their paths.

    Attributes:
        wrapped_errors: Error bodies are inside `{"error": ...}`.
        error_paths: Paths in error details are written `/rows/0/quantity` ("pointer") or
            `.rows[0].quantity` ("dotted").
        bom_rows_answer: POST /bom_rows answers 200 and the row instead of the document's 204.
        ignores_limit: Collections whose lists ignore `limit` and have pages of 50.
        user_info_wrapped: GET /user_info answers inside `{"data": ...}`.
        item_custom_fields: The form of custom fields of items: arrays ("legacy"), objects
            ("default"), or the form that the header X-Custom-Fields-Format names ("both").
        rerank_answers: POST /sales_order_rerank and /manufacturing_order_rerank answer 200 and the
            ids; before 2026-10-07 it was 204.
        rate_limit_headers: Answers have the headers X-Ratelimit-*, which some gateways drop.
        rank_lag: Seconds until lists show a new rank.
        set_cookie: Every answer sets a cookie that names the key it was for.
        read_lag: Most seconds by which reads of a collection lag behind writes; "*" stands for all
            other collections. Each read sees one past state, nested and linked records included,
            so that two reads can disagree. Set it before the writes.
        choose_lag: Returns the lag of one read from the collection and its most seconds; by
            default random, and the same in every run.
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
        """Return the seconds for which the store must keep changes."""
        return max(self.bin_inventory_delay, *self.read_lag.values(), 0.0)


@define
class AccountState:
    """The records, clock and oddities of a Katana account.

    Attributes:
        signals: The night (milliseconds) and inventory signals computed in it, by demand window.
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
        """Return the present time as records hold it."""
        return timestamp(milliseconds(self.clock))

    def snapshot(self, collection: str) -> "AccountState":
        """Return the state that a read of a collection sees (see `Oddities.read_lag`)."""
        most = self.oddities.read_lag.get(collection, self.oddities.read_lag.get("*", 0.0))
        lag = self.oddities.choose_lag(collection, most) if most else 0.0
        if collection == "bin_inventory":
            lag = max(lag, self.oddities.bin_inventory_delay)
        if not lag:
            return self
        return evolve(self, store=self.store.as_of(milliseconds(self.clock) - int(lag * 1000)))

    def delete(self, table: str, id: Id) -> None:
        """Delete a record; erase it if `Oddities.hard_deletes` contains its table."""
        if table in self.oddities.hard_deletes:
            self.store[table].erase(id)
        else:
            self.store[table].delete(id)

    def run_later(self, delay: float, action: Callable[[], None]) -> None:
        """Run an action before the first request after `delay` seconds; at once for 0."""

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
