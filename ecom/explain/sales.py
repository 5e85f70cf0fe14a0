"""The minute of Gold that an order counts in, or why it counts in none: as fct_sales_minute.sql computes it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from ecom.explain.model import Sales, State
from ecom.explain.rows import Gold, Row
from ecom.explain.words import money

BUILD = "type `ecom run gold`"
Minute = tuple[datetime, str]


def minute_of(row: Row | None) -> Minute | None:
    """Minute and currency in which an order with this row of order_state counts; None: in none."""
    if row is None or row["order_minute"] is None or row["status"] == "CANCELLED":
        return None
    if row["paid_amount"] < row["total_amount"]:
        return None
    return row["order_minute"], row["currency"]


def sales_of(
    state: State | None, now: Row | None, gold: Gold | None, *, has_accepted: bool, has_waiting: bool
) -> Sales:
    """Where the order counts in Gold, and why. `state` is what is known of the order, `now` its row of order_state."""
    if state is None or now is None:
        return _no_state(has_accepted, has_waiting)
    against = list(_against(state))
    belongs = minute_of(now)
    expected = Sales(
        counts=False,
        should_count=belongs is not None,
        minute_bucket=belongs[0] if belongs else None,
        currency=belongs[1] if belongs else None,
        minute=None,
        missing_amount=_missing(state),
        reasons=tuple(code for code, _ in against),
        why="; ".join(text for _, text in against),
    )
    return replace(expected, **_in_gold(expected, now, gold, belongs))


def _in_gold(expected: Sales, now: Row, gold: Gold | None, belongs: Minute | None) -> dict[str, Any]:
    """What Gold changes of `expected`, which says what order_state alone lets expect."""
    if gold is None:
        why = f"Gold was never built; {BUILD}" if belongs else expected.why
        return {"reasons": (*expected.reasons, "gold_not_built"), "why": why}
    if not gold.seen_is_known:
        why = (
            f"Gold was built from version {gold.version} of order_state, which can no longer be read, and that stands "
            f"at {gold.current_version} now: what Gold has of this order is not known; {BUILD}"
        )
        return {"counts": None, "reasons": (*expected.reasons, "gold_behind"), "why": why}
    if _figures(now) != _figures(gold.seen):
        return _behind(expected, gold, belongs)
    if belongs is None:
        return {}
    if gold.minute is None:
        why = "it should count in this minute, and Gold has no row of it; type `ecom verify`"
        return {"reasons": ("gold_differs",), "why": why}
    return {"counts": True, "minute": gold.minute, "why": "it is fully paid and not cancelled"}


def _behind(expected: Sales, gold: Gold, belongs: Minute | None) -> dict[str, Any]:
    """Gold was built before the order became what it is."""
    counted = minute_of(gold.seen)
    if counted is None:
        then = "Gold does not count it yet"
    elif belongs is None:
        then = f"Gold still counts it in this minute, and the next build takes it out: {expected.why}"
    elif counted == belongs:
        then = "Gold counts it in this minute with its earlier amounts"
    else:
        then = f"Gold still counts it in this minute, and the next build moves it to {belongs[0]:%Y-%m-%d %H:%M} UTC"
    place = counted or belongs
    return {
        "counts": counted is not None and gold.minute is not None,
        "minute_bucket": place[0] if place else None,
        "currency": place[1] if place else None,
        "minute": gold.minute if counted else None,
        "reasons": (*expected.reasons, "gold_behind"),
        "why": f"the order changed after version {gold.version} of order_state, from which Gold was built; {then}; "
        f"{BUILD}",
    }


def _no_state(has_accepted: bool, has_waiting: bool) -> Sales:
    reason, why = "nothing_accepted", "no event of it was accepted"
    if has_accepted:
        reason, why = "not_in_order_state", "the order state does not have it yet; type `ecom run silver`"
    elif has_waiting:
        reason, why = "not_judged", "its events are not judged yet; type `ecom run silver`"
    return Sales(False, False, None, None, None, None, (reason,), why)


def _against(state: State) -> Iterator[tuple[str, str]]:
    """Why the order counts in no minute: codes and words."""
    if state.order_ts is None:
        yield "order_unknown", "only payments are known: no event of the order itself was accepted"
    if state.status == "CANCELLED":
        yield "cancelled", "it is cancelled"
    missing = _missing(state)
    if missing is not None:
        paid, total, rest = (money(a, state.currency) for a in (state.paid_amount, state.total_amount, missing))
        yield "not_fully_paid", f"it is not fully paid: {paid} of {total}, {rest} are missing"


def _missing(state: State) -> Decimal | None:
    if state.total_amount is None or state.paid_amount >= state.total_amount:
        return None
    return state.total_amount - state.paid_amount


def _figures(row: Row | None) -> tuple[Any, ...] | None:
    """What Gold reads of an order, where it counts."""
    minute = minute_of(row)
    return (*minute, row["total_amount"], row["refunded_amount"]) if row and minute else None
