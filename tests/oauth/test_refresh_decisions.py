"""Decisions about a connection's tokens: plain records in, a decision out."""

from typing import Any

import pytest
from attrs import evolve

from katana_async import Secret, TokenRequestFailed
from katana_async.oauth.records import (
    ConnectionRecord,
    Intent,
    Status,
    TokenRefusal,
    fingerprint_of,
)
from katana_async.oauth.server.answers import OnlyRefreshToken, Tokens
from katana_async.oauth.settings import RefreshTiming
from katana_async.oauth.tokens import refresh

TIMING = RefreshTiming()
"""The defaults."""

HOUR, DAY = 3600.0, 86_400.0
ACCESS, REFRESH = Secret("access"), Secret("refresh")

# An access token that was issued at 0 and lives for 2,000 s is refreshed from 1,700 s on (the
# leeway is 300 s), and is not sent any more from 1,995 s on (5 s before its end).
FRESH, SOON_OVER, OVER = 1699.0, 1700.0, 1995.0


def record(**changes: Any) -> ConnectionRecord:
    base: dict[str, Any] = {
        "birth": "birth",
        "access": ACCESS,
        "refresh": REFRESH,
        "issued_at": 0.0,
        "life": 2000.0,
        "scopes": ("offline_access",),
        "account": None,
        "connected_at": 0.0,
    }
    return ConnectionRecord(**base | changes)


def intent(at: float, token: Secret = REFRESH) -> Intent:
    """Return the intent of another process."""
    return Intent(token=fingerprint_of(token), attempt="theirs", at=at)


def decide(found: ConnectionRecord, now: float, refused: Secret | None = None) -> refresh.Step:
    return refresh.decide(found, now, TIMING, rejected=refused)


# ---- How refreshing is timed --------------------------------------------------------------------


def test_the_default_times_are_those_of_the_documentation() -> None:
    times = (TIMING.leeway, TIMING.patience, TIMING.lease, TIMING.timeout, TIMING.recheck)
    assert times == (300, 90, 30, 15, 60)


@pytest.mark.parametrize("name", ["leeway", "patience", "lease", "timeout", "recheck"])
@pytest.mark.parametrize("value", [0, -1.0])
def test_a_time_that_is_not_above_0_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"'{name}' must be > 0"):
        RefreshTiming(**{name: value})


def test_a_time_below_a_second_is_accepted() -> None:
    assert RefreshTiming(leeway=0.5, recheck=0.5).leeway == 0.5


@pytest.mark.parametrize("times", [{"timeout": 24.0}, {"lease": 90.0}, {"lease": 91.0}])
def test_a_lease_that_is_too_short_for_an_answer_or_too_long_for_patience_is_refused(
    times: dict[str, float],
) -> None:
    with pytest.raises(ValueError, match=r"timeout \* 1.25 < lease < patience must hold"):
        RefreshTiming(**times)


def test_an_answer_takes_a_quarter_more_than_its_timeout_at_most() -> None:
    assert RefreshTiming(timeout=8).longest_answer == 10


@pytest.mark.parametrize(
    ("timeout", "lease", "last_call", "again"),
    [(15, 30, 7.5, 1.0), (8, 13, 2.0, 2 / 6), (8, 22, 8.0, 1.0), (8, 40, 8.0, 1.0)],
)
def test_the_last_call_is_two_thirds_of_what_an_answer_leaves_of_the_lease(
    timeout: float, lease: float, last_call: float, again: float
) -> None:
    timing = RefreshTiming(timeout=timeout, lease=lease)
    assert timing.last_call == pytest.approx(last_call)
    assert timing.save_interval == pytest.approx(again)


@pytest.mark.parametrize(
    ("life", "ahead", "margin", "young"),
    [(40, 10, 2, 20), (80, 20, 4, 30), (400, 100, 5, 30), (DAY, 300, 5, 30)],
)
def test_a_short_life_shortens_what_depends_on_it(
    life: float, ahead: float, margin: float, young: float
) -> None:
    assert (
        TIMING.refresh_ahead(life),
        TIMING.send_margin(life),
        TIMING.youngest_refresh(life),
    ) == (ahead, margin, young)


def test_a_token_of_unknown_life_is_young_for_half_a_minute() -> None:
    assert TIMING.youngest_refresh(None) == 30


# ---- Whether the access token can be sent -------------------------------------------------------


def test_a_token_is_sent_until_shortly_before_its_end() -> None:
    assert refresh.is_sendable(record(), OVER - 0.01, TIMING)
    assert not refresh.is_sendable(record(), OVER, TIMING)
    assert refresh.is_sendable(record(issued_at=1.0), OVER, TIMING)


def test_a_token_is_due_from_the_leeway_before_its_end() -> None:
    assert not refresh.is_due(record(), SOON_OVER - 0.01, TIMING)
    assert refresh.is_due(record(), SOON_OVER, TIMING)
    assert not refresh.is_due(record(issued_at=1.0), SOON_OVER, TIMING)


def test_a_token_of_unknown_life_is_never_due() -> None:
    assert refresh.is_sendable(record(life=None), 10 * DAY, TIMING)
    assert not refresh.is_due(record(life=None), 10 * DAY, TIMING)


# ---- Decisions ----------------------------------------------------------------------------------


def test_a_connection_that_needs_a_person_is_given_up_with_its_reason() -> None:
    ended = record(standing=Status.REAUTHORIZE, reason="revoked")
    assert decide(ended, FRESH) is refresh.Step.GIVE_UP
    assert refresh.reason_to_give_up(ended) == "revoked"
    assert refresh.reason_to_give_up(evolve(ended, reason=None)) == refresh.NOT_ACCEPTED


def test_a_fresh_token_is_used() -> None:
    assert decide(record(), FRESH) is refresh.Step.USE


@pytest.mark.parametrize("now", [SOON_OVER, OVER])
def test_a_token_that_ends_soon_or_has_ended_is_refreshed(now: float) -> None:
    assert decide(record(), now) is refresh.Step.REFRESH


def test_a_token_that_was_refused_is_refreshed_though_it_is_fresh() -> None:
    assert decide(record(), FRESH, ACCESS) is refresh.Step.REFRESH
    assert decide(record(), FRESH, Secret("an earlier one")) is refresh.Step.USE


def test_without_a_refresh_token_the_access_token_is_used_to_its_end() -> None:
    alone = record(refresh=None)
    assert decide(alone, OVER - 0.01) is refresh.Step.USE
    assert decide(alone, OVER) is refresh.Step.GIVE_UP
    assert decide(alone, FRESH, ACCESS) is refresh.Step.GIVE_UP
    assert refresh.reason_to_give_up(alone) == refresh.NOT_OFFLINE


def test_a_refresh_token_that_another_process_may_be_using_is_left_alone_while_it_may() -> None:
    found = record(intent=intent(at=OVER))
    assert decide(found, OVER + 30) is refresh.Step.WAIT
    assert decide(found, OVER + 89.5) is refresh.Step.WAIT
    assert decide(found, OVER + 90) is refresh.Step.REFRESH


def test_another_process_is_not_waited_for_while_the_access_token_can_be_sent() -> None:
    found = record(intent=intent(at=SOON_OVER))
    assert decide(found, SOON_OVER) is refresh.Step.USE
    assert decide(found, SOON_OVER, ACCESS) is refresh.Step.WAIT


def test_an_intent_for_an_earlier_refresh_token_is_ignored() -> None:
    assert decide(record(intent=intent(OVER, Secret("spent"))), OVER) is refresh.Step.REFRESH


def test_the_intent_of_a_void_attempt_is_ignored() -> None:
    found = record(intent=intent(at=OVER))
    for void, step in (("theirs", refresh.Step.REFRESH), ("another", refresh.Step.WAIT)):
        assert refresh.decide(found, OVER, TIMING, rejected=None, void=void) is step


# ---- Refusals of the token endpoint -------------------------------------------------------------


def error(code: str | None, status: int | None = 403) -> TokenRequestFailed:
    return TokenRequestFailed(f"refused: {code}", error=code, status=status)


def refusal(code: str, since: float, at: float) -> TokenRefusal:
    return TokenRefusal(code=code, message="no", since=since, at=at)


@pytest.mark.parametrize("status", [None, 400, 401, 403, 428, 430, 499])
def test_a_refusal_is_recorded_with_its_time(status: int | None) -> None:
    changed = refresh.with_refusal(record(), error("access_denied", status), 7.0)
    said = TokenRefusal(code="access_denied", message="refused: access_denied", since=7.0, at=7.0)
    assert changed == evolve(record(), refusal=said)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (None, 403),
        ("temporarily_unavailable", 403),
        ("server_error", 403),
        ("slow_down", 403),
        ("too_many_requests", 403),
        ("invalid_client", 401),
        ("access_denied", 429),
        ("access_denied", 500),
        ("access_denied", 503),
    ],
)
def test_a_failure_that_is_not_of_the_connection_is_not_recorded(
    code: str | None, status: int
) -> None:
    assert refresh.with_refusal(record(), error(code, status), 7.0) == record()


@pytest.mark.parametrize(
    ("before", "now", "since"),
    [
        ("access_denied", "access_denied", 1.0),
        ("another_code", "another_code", 1.0),
        ("mfa_required", "consent_required", 1.0),  # a person has to end both
        ("mfa_required", "another_code", 7.0),
        ("another_code", "mfa_required", 7.0),
        ("invalid_scope", "invalid_request", 7.0),
    ],
)
def test_a_refusal_goes_on_while_the_code_or_its_kind_stays(
    before: str, now: str, since: float
) -> None:
    found = record(refusal=refusal(before, since=1.0, at=3.0))
    changed = refresh.with_refusal(found, error(now), 7.0).refusal
    assert changed is not None
    assert (changed.code, changed.since, changed.at) == (now, since, 7.0)


@pytest.mark.parametrize(
    ("code", "lasts"),
    [
        ("mfa_required", HOUR),
        ("mfa_enrollment_required", HOUR),
        ("consent_required", HOUR),
        ("interaction_required", HOUR),
        ("login_required", HOUR),
        ("account_selection_required", HOUR),
        ("access_denied", HOUR),
        ("unauthorized_client", DAY),
        ("a_code_of_another_server", DAY),
    ],
)
def test_a_person_is_needed_once_a_refusal_has_lasted(code: str, lasts: float) -> None:
    def is_over(at: float) -> bool:
        return refresh.needs_person(record(refusal=refusal(code, 10.0, at)), OVER, TIMING, None)

    assert not is_over(10.0 + lasts - 0.01)
    assert is_over(10.0 + lasts)


@pytest.mark.parametrize("code", ["invalid_request", "invalid_scope", "unsupported_grant_type"])
def test_a_fault_of_the_app_never_ends_a_connection(code: str) -> None:
    found = record(refusal=refusal(code, 0.0, 1e9))
    assert not refresh.needs_person(found, OVER, TIMING, None)


def test_no_person_is_needed_while_the_access_token_lives_or_nothing_was_refused() -> None:
    refused = record(refusal=refusal("access_denied", 0.0, HOUR))
    assert not refresh.needs_person(refused, OVER - 0.01, TIMING, ACCESS)
    assert refresh.needs_person(refused, OVER, TIMING, ACCESS)
    assert not refresh.needs_person(record(), OVER, TIMING, ACCESS)


def test_a_token_of_unknown_life_has_ended_when_the_api_refuses_it() -> None:
    found = record(life=None, refusal=refusal("access_denied", 0.0, HOUR))
    assert refresh.needs_person(found, OVER, TIMING, ACCESS)
    assert not refresh.needs_person(found, OVER, TIMING, None)


# ---- New records from old ones ------------------------------------------------------------------


def test_two_records_are_of_one_grant_if_they_have_one_refresh_token() -> None:
    other_access, other_refresh = Secret("other access"), Secret("other refresh")
    assert refresh.is_same_grant(record(), record(access=other_access))
    assert not refresh.is_same_grant(record(), record(refresh=other_refresh))
    assert not refresh.is_same_grant(record(), record(refresh=None))
    alone = record(refresh=None)
    assert refresh.is_same_grant(alone, record(refresh=None, issued_at=5.0))
    assert not refresh.is_same_grant(alone, record(refresh=None, access=other_access))
    assert not refresh.is_same_grant(alone, record())


def test_fresh_tokens_replace_the_old_ones_and_end_a_refusal() -> None:
    found = record(refusal=refusal("access_denied", 0.0, 1.0))
    tokens = Tokens(Secret("access 2"), Secret("refresh 2"), 50.0, ("a",))
    assert refresh.with_answer(found, tokens, 9.0) == record(
        access=Secret("access 2"),
        refresh=Secret("refresh 2"),
        issued_at=9.0,
        life=50.0,
        scopes=("a",),
        refreshed_at=9.0,
    )


def test_values_that_an_answer_lacks_stay_as_they_were() -> None:
    changed = refresh.with_answer(record(), Tokens(Secret("access 2"), None, None, None), 9.0)
    assert (changed.refresh, changed.scopes, changed.life) == (REFRESH, ("offline_access",), None)


def test_an_answer_with_a_refresh_token_alone_changes_nothing_else() -> None:
    alone = OnlyRefreshToken(Secret("refresh 2"), TokenRequestFailed("no access token"))
    assert refresh.with_answer(record(), alone, 9.0) == record(refresh=Secret("refresh 2"))


def test_a_record_with_the_tokens_of_another_works_and_keeps_its_own_account() -> None:
    broken = record(
        standing=Status.REAUTHORIZE,
        reason="revoked",
        connected_at=3.0,
        intent=intent(at=4.0),
        refusal=refusal("access_denied", 0.0, 1.0),
    )
    fresh = record(
        birth="another",
        access=Secret("access 2"),
        refresh=Secret("refresh 2"),
        issued_at=9.0,
        life=50.0,
        scopes=("a",),
        connected_at=8.0,
        refreshed_at=9.0,
    )
    expected = evolve(fresh, birth="birth", connected_at=3.0)
    assert refresh.with_tokens_of(broken, fresh) == expected


# ---- Two clocks, and rows from a backup ---------------------------------------------------------


def test_a_time_of_the_process_is_converted_to_the_store() -> None:
    clocks = refresh.StoredTokens(record(), 1, read_at=100.0, store_time=5000.0, issued_at=0.0)
    assert clocks.to_store(130.0) == 5030.0
    assert clocks.to_store(90.0) == 4990.0


def test_a_token_is_sent_by_the_clock_of_the_process_until_shortly_before_its_end() -> None:
    tokens = refresh.StoredTokens(record(), 1, read_at=0.0, store_time=9.0, issued_at=100.0)
    assert tokens.is_usable(100 + OVER - 0.01, TIMING)
    assert not tokens.is_usable(100 + OVER, TIMING)
    assert evolve(tokens, record=record(life=None)).is_usable(10 * DAY, TIMING)


def stored(version: int, **changes: Any) -> refresh.StoredTokens:
    return refresh.StoredTokens(record(**changes), version, 0.0, 0.0, 0.0)


def test_read_tokens_are_not_unsaved() -> None:
    assert stored(1).unsaved is None


@pytest.mark.parametrize("refreshed_at", [None, 50.0])
def test_an_older_version_of_the_same_connection_is_a_rollback(refreshed_at: float | None) -> None:
    seen = stored(4, refreshed_at=refreshed_at)
    assert refresh.is_rollback(stored(3, refreshed_at=refreshed_at), seen)
    assert refresh.is_rollback(stored(3, refreshed_at=None), seen)


@pytest.mark.parametrize(
    "found",
    [
        stored(4),
        stored(5),
        stored(3, birth="another"),
        stored(3, connected_at=1.0),
        stored(3, refreshed_at=0.5),
    ],
    ids=["the same version", "a newer one", "another connection", "connected anew", "refreshed"],
)
def test_any_other_row_is_no_rollback(found: refresh.StoredTokens) -> None:
    assert not refresh.is_rollback(found, stored(4))


def test_a_row_that_was_refreshed_later_than_the_seen_one_is_no_rollback() -> None:
    assert not refresh.is_rollback(stored(3, refreshed_at=51.0), stored(4, refreshed_at=50.0))
    assert refresh.is_rollback(stored(3, refreshed_at=49.0), stored(4, refreshed_at=50.0))


def test_a_row_that_was_connected_before_the_seen_one_is_a_rollback() -> None:
    assert refresh.is_rollback(stored(3, connected_at=-1.0), stored(4))
