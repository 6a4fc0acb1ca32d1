"""The state of one Katana account, and the switches for how it behaves."""

from typing import Literal

from attrs import define, field

from .clock import Clock, milliseconds, timestamp
from .errors import PathStyle
from .store import Store


@define
class Oddities:
    """Ways in which the live service has been seen to differ from itself.

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
        rank_lag: Seconds until lists show a new rank.
        set_cookie: Every answer sets a cookie that names the key it was for.
    """

    wrapped_errors: bool = True
    error_paths: PathStyle = "pointer"
    bom_rows_answer: bool = True
    ignores_limit: set[str] = field(factory=lambda: {"serial_numbers_stock"})
    user_info_wrapped: bool = False
    item_custom_fields: Literal["legacy", "default", "both"] = "legacy"
    rerank_answers: bool = True
    rank_lag: float = 0.0
    set_cookie: bool = False


@define
class Account:
    """One Katana account: its records, its clock and its oddities."""

    store: Store
    clock: Clock
    oddities: Oddities = field(factory=Oddities)

    def now(self) -> str:
        """Return the present moment as it is written in records."""
        return timestamp(milliseconds(self.clock))
