"""Labels by plain loops over dictionaries: written from the contract's words, not from the code."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

BACK = {"resumed", "reinstated", "suspicion_cleared", "returned", "back_from_abroad", "transfer_in"}
LEFT = {
    "transfer_out",
    "suspended",
    "deferred",
    "abroad",
    "missing",
    "other_leave",
    "dropped_out",
    "suspected_dropout",
}


def lawful(status: dict[str, Any]) -> bool:
    kind = status["kind"]
    if kind in ("deceased", "graduated"):
        return True
    if kind == "transfer_out":
        return status["receiver_confirmed_on"] is not None
    if kind in ("suspended", "deferred"):
        return bool(status["approved_by"]) and status["until_on"] is not None
    if kind == "abroad":
        return bool(status["confirmed_by_role"]) or bool(status["approved_by"])
    return False


def story(
    pupil: str, world: dict[str, list[dict[str, Any]]], outcome: tuple[str, ...]
) -> dict[str, list[date]]:
    """The days on which something of each sort happened to one pupil."""
    told: dict[str, list[date]] = {
        "outcome": [],
        "exit": [],
        "unclear": [],
        "back": [],
        "start": [],
        "ended": [],
    }
    mine = [e for e in world["enrolments"] if e["student_id"] == pupil]
    for status in (s for s in world["statuses"] if s["student_id"] == pupil):
        kind, day = status["kind"], status["happened_on"]
        if kind in outcome:
            told["outcome"].append(day)
        elif kind in BACK:
            told["back"].append(day)
        elif kind == "primary_completed":
            junior = [e["start_on"] for e in mine if int(e["grade"]) >= 7 and e["start_on"] >= day]
            if junior:
                told["exit"].append(min(junior))
            else:
                told["unclear"].append(day)
        elif lawful(status):
            told["exit"].append(day)
        elif kind in LEFT:
            told["unclear"].append(day)
    told["exit"] += [h["on"] for h in world["home_teaching"] if h["student_id"] == pupil]
    told["start"] = [e["start_on"] for e in mine]
    told["ended"] = sorted(
        {e["end_on"] for e in mine if left_for_long(e, mine, world["school_days"])}
    )
    return told


def left_for_long(
    own: dict[str, Any], mine: list[dict[str, Any]], school_days: list[dict[str, Any]]
) -> bool:
    """Whether this enrolment's end is a leave: never on a roll again, or only ten school days later."""
    end = own["end_on"]
    if end is None:
        return False
    after = end + timedelta(days=1)
    for other in mine:
        if other["start_on"] <= after and (other["end_on"] is None or other["end_on"] > end):
            return False
    last = max(
        (e for e in mine if e["end_on"] == end), key=lambda e: (e["start_on"], e["calendar_id"])
    )
    back = [e["start_on"] for e in mine if e["start_on"] > end]
    if not back:
        return True
    missed = [
        d for d in school_days
        if d["calendar_id"] == last["calendar_id"] and end < d["date"] < min(back)
    ]  # fmt: skip
    return len(missed) >= 10


def standing(row: dict[str, Any], world: dict[str, list[dict[str, Any]]], question: Any) -> str:
    """One row's standing."""
    day = row["as_of"]
    end = (
        row["ends_on"]
        if question.horizon_days is None
        else day + timedelta(days=question.horizon_days)
    )
    if end is None or end + timedelta(days=question.lag_days) > question.until:
        return "immature"
    told = story(row["student_id"], world, question.outcome)
    counted = "tenth_unexplained_day" in question.outcome
    runs = [r for r in world["tenth_days"] if r["student_id"] == row["student_id"] and counted]
    unclear = told["unclear"] + [
        d for d in told["ended"] if row["ends_on"] is not None and d < row["ends_on"]
    ]
    backs, theres = told["back"], told["back"] + told["start"]

    def stands(days: list[date], returns: list[date]) -> bool:
        past = [d for d in days if d <= day]
        return bool(past) and not [r for r in returns if max(past) <= r <= day]

    if stands(told["outcome"], backs) or any(r["on"] <= day <= r["last"] for r in runs):
        return "already"
    if stands(told["exit"], theres):
        return "gone"
    if stands(unclear, theres):
        return "unresolved"
    met = [d for d in told["outcome"] + [r["on"] for r in runs] if day < d <= end]
    left = [d for d in told["exit"] if day < d <= end]
    if met and (not left or min(met) <= min(left)):
        return "positive"
    if left:
        return "exit"
    return "unresolved" if [d for d in unclear if day < d <= end] else "negative"
