"""The pages of one query, for the feed: also of lists without pages, or with pages of their own."""

import pytest

from katana_async.changes.commands import Answer, Read, Row
from katana_async.changes.page_walk import PageWalk
from katana_async.http.messages import Pagination
from katana_async.http.walk import Window


def rows(*keys: int) -> list[Row]:
    return [Row(key, 0, 0, False, 1) for key in keys]


def answer(read: Read, shown: list[Row], total: int | None, sent: int = 5) -> Answer:
    window = read.window
    header = None if total is None else Pagination(window.page, 9, total, window.offset)
    return Answer(shown, sent, sent + 1, window, header)


def test_a_list_without_pages_is_complete_after_one_answer() -> None:
    walk = PageWalk(Read(), 10, paged=False)
    assert walk.accept(answer(walk.plan(), rows(*range(50)), None)) is True
    assert walk.done


def test_all_pages_count_as_sent_with_the_first() -> None:
    walk = PageWalk(Read(bulk=True), 10)
    first = walk.plan()
    assert (first.window, first.bulk) == (Window(1, 10), True)
    assert walk.accept(answer(first, rows(*range(10)), 12, sent=5))
    assert walk.accept(answer(walk.plan(), rows(9, 10, 11), 12, sent=7))
    combined = walk.combine(rows(1))
    assert (combined.sent, combined.read, list(combined.rows)) == (5, 8, rows(1))


@pytest.mark.parametrize(("total", "is_complete"), [(6, True), (7, False), (5, True), (None, True)])
def test_a_server_with_its_own_page_size_is_read_by_page_number(
    total: int | None, is_complete: bool
) -> None:
    walk = PageWalk(Read(), 10)
    pages = {1: rows(0, 1, 2), 2: rows(3, 4, 5), 3: rows(4, 5)}
    # 15 rows for a limit of 10: the server ignores it.
    assert walk.accept(answer(walk.plan(), rows(*range(15)), total))
    assert not walk.done
    asked: list[int] = []
    outcome = True
    while outcome and not walk.done:
        read = walk.plan()
        asked.append(read.window.page)
        assert read.window.limit == 10
        outcome = walk.accept(answer(read, pages[read.window.page], total))
    assert asked == [1, 2, 3]  # until a page has no new row
    assert (walk.done, outcome) == (True, is_complete)
