"""The rank of orders: the place of each in its list, which a rerank changes."""

from collections.abc import Callable

from ..errors import Problem, Refusal, invalid
from ..operations import Call, Operation, Reply
from ..store import Id, Ranking, Record, Table


def rerank_operation(path: str, collection: str, is_open: Callable[[Record], bool]) -> Operation:
    """Declare the operation that moves orders in their list.

    Args:
        path: Its path.
        collection: The collection of the orders.
        is_open: Whether an order has a rank at all.
    """

    def run(call: Call) -> Reply:
        account, ids, place = call.account, call.body["order_ids"], call.body["place"]
        table = account.store[collection]
        moved = [_number(table, each, is_open, "order_ids", at) for at, each in enumerate(ids)]
        ranking = table.ranking or Ranking(account.clock)
        keys = ranking.arrange(table.view(deleted=True, archived=True).keys, newest=True)
        staying = [number for _, number in reversed(keys) if number not in moved]
        at = 0 if place.get("position") == "top" else len(staying)
        for name, behind in (("before_id", 0), ("after_id", 1)):
            if name in place:
                anchor = _number(table, place[name], is_open, "place", name)
                if anchor in moved:
                    raise _refuse("must not be one of order_ids", "place", name)
                at = staying.index(anchor) + behind
        order = [*staying[:at], *moved, *staying[at:]]
        ranking.change(order, account.clock.time() + account.oddities.rank_lag)
        table.ranking = ranking
        return Reply(200, {"order_ids": ids}) if account.oddities.rerank_answers else Reply(204)

    return Operation(method="POST", path=path, run=run)


def _number(table: Table, id: Id, is_open: Callable[[Record], bool], *path: str | int) -> int:
    record, number = table.get(id), table.numbering.number(id)
    if record is None or number is None or not is_open(record):
        raise _refuse("must be the id of an open order", *path)
    return number


def _refuse(message: str, *path: str | int) -> Refusal:
    return invalid([Problem(path, "reference", message, {})])
