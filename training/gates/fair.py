"""Nobody may be passed over: of those who leave, a list must find about as many in every group as in the rest.

A group is refused where its recall at the length of the schools' lists lies outside 0.8 to 1.25 of the
rest's *and* its whole interval does; where the point lies outside and the interval does not, that is said.
Where the outcome itself surely comes oftener (or more seldom) in a group, a list of fixed length finds more (or
less) of it whatever the model. That alone is no fault, and it is said: lists of the same share made for the
group and for the rest alone then do not find less in the side that is behind, and those listed leave as
often. The share of false alarms among the listed may not be larger by more than a bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from training.gates.gate import Gate, Hearing, Verdict
from training.groups import ALL, SINGLE

Standing = Literal["within", "outside", "by_frequency", "unclear", "insufficient"]
Said = Mapping[str, Any]


def standing(one: Said, bounds: Said) -> Standing:
    """Where a group of ``evaluate.fairness.by_group`` stands."""
    ratio = one["recall_ratio"]
    if min(one["outcomes"], one["outcomes_rest"]) < bounds["fewest_outcomes"]:
        return "insufficient"
    if not one["recall"] and not one["recall_rest"]:
        return "insufficient"
    if _alarms(one, bounds, "low"):
        return "outside"
    if not one["recall"] or not one["recall_rest"]:
        return _nobody_found(one, bounds)
    if ratio["point"] is None or ratio["low"] is None:
        return "insufficient"
    if bounds["low"] <= ratio["point"] <= bounds["high"]:
        return "unclear" if _alarms(one, bounds, "point") else "within"
    if _by_frequency(one, bounds):
        return "by_frequency"
    return "outside" if _beyond(ratio, bounds) else "unclear"


def _beyond(said: Said, bounds: Said) -> bool:
    """True where the whole interval lies outside."""
    return bool(said["high"] < bounds["low"] or said["low"] > bounds["high"])


def _nobody_found(one: Said, bounds: Said) -> Standing:
    """Of one side nobody was found: outside where that is no chance and frequency cannot be why.

    Drawn again, none stays none, so there is no interval: what is asked is how often so many pupils would all
    be missed, were they found as seldom as is still allowed.
    """
    many = one["outcomes"] if not one["recall"] else one["outcomes_rest"]
    other = one["recall_rest"] if not one["recall"] else one["recall"]
    by_chance = (1.0 - bounds["low"] * other) ** many
    if by_chance > (1.0 - bounds["confidence"]) / 2 or _differs(one, bool(one["recall"])):
        return "unclear"
    return "outside"


def _differs(one: Said, favoured: bool) -> bool:
    """True where the outcome surely comes oftener in a favoured group, more seldom in one behind."""
    occurs = one["occurs_ratio"]
    if occurs["low"] is None:
        return False
    return bool(occurs["low"] > 1 if favoured else occurs["high"] < 1)


def _by_frequency(one: Said, bounds: Said) -> bool:
    """True where the ratio lies outside only because the outcome comes oftener or more seldom.

    It surely does, then. Lists of the same share for each side alone do not favour the side that the common
    list favours (where it comes oftener the same share finds less of it), and the favoured side's listed leave
    about as often as the other's: a group merely pushed up or down the common list shows in who is listed in
    vain.
    """
    alone, precision = one["recall_ratio_alone"]["point"], one["precision_ratio"]
    favoured = one["recall_ratio"]["point"] > bounds["high"]
    if alone is None or precision["low"] is None or not _differs(one, favoured):
        return False
    if favoured:
        return bool(alone <= bounds["high"] and precision["point"] >= bounds["low"])
    return bool(alone >= bounds["low"] and precision["point"] <= bounds["high"])


def _alarms(one: Said, bounds: Said, what: str) -> bool:
    """True where more of the group's listed than of the rest's were listed in vain, beyond the bound.

    Of the rest's than of the group's, too, where the rest is a group of its own (girls and boys). ``what``:
    ``point``, or ``low`` for the end of the interval that lies nearer to no gap.
    """
    gap = one["false_alarm_gap"]
    enough = min(one["listed"], one["listed_rest"]) >= bounds["fewest_listed"]
    if not enough or gap[what] is None:
        return False
    other = gap["high" if what == "low" else what]
    least = max(gap[what], -other) if ALL[one["group"]].either else gap[what]
    return bool(least > bounds["false_alarm_gap"])


def _judge(hearing: Hearing) -> Verdict:
    bounds, table = hearing.bounds("fair"), hearing.report.get("by_group", ())
    found = {one["group"]: standing(one, bounds) for one in table}
    figures = {
        "standing": found,
        "outside": [one for one in table if found[one["group"]] == "outside"],
    }
    outside = [one for one in table if found[one["group"]] == "outside"]
    judged = [name for name, at in found.items() if at != "insufficient"]
    passed = None if not judged else not outside
    partly = any(found[one.name] == "insufficient" for one in SINGLE if one.name in found)
    return Verdict(passed, *_words(outside, found, bounds), figures, partly=partly)


def _words(outside: Sequence[Said], found: Mapping[str, str], bounds: Said) -> tuple[str, str]:
    if not found:
        return (
            "没有分组信息，未作判断。",
            "Nothing is recorded of any group: not judged.",
        )
    zh, en = [], []
    for one in outside:
        told = _sentence(one, bounds)
        zh.append(told[0])
        en.append(told[1])
    few = [name for name, at in found.items() if at == "insufficient"]
    unclear = [name for name, at in found.items() if at == "unclear"]
    fine = sum(at == "within" for at in found.values())
    if fine:
        zh.append(f"{fine}组在允许范围内")
        en.append(f"{fine} {'group lies' if fine == 1 else 'groups lie'} within the range")
    frequent = [name for name, at in found.items() if at == "by_frequency"]
    if frequent:
        zh.append(
            f"{len(frequent)}组之比超出范围，与结果本来更常见或更少见相符（{_named(frequent, 'zh')}）"
        )
        en.append(
            f"{len(frequent)} lie outside in keeping with how often the outcome comes there"
            f" ({_named(frequent, 'en')})"
        )
    if unclear:
        zh.append(
            f"{len(unclear)}组点估计超出范围而区间未超出，需继续观察（{_named(unclear, 'zh')}）"
        )
        en.append(
            f"{len(unclear)} lie outside by their point and not by their interval: keep watching"
            f" ({_named(unclear, 'en')})"
        )
    if few:
        told = _too_few(few)
        zh.append(told[0])
        en.append(told[1])
    return "；".join(zh) + "。", "; ".join(en) + "."


def _too_few(names: Sequence[str]) -> tuple[str, str]:
    """Those of whom nothing can be told: the groups themselves by name, their pairs by number."""
    single = [one for one in SINGLE if one.name in names]
    pairs = len(names) - len(single)
    zh = ["、".join(one.zh for one in single)] if single else []
    en = [", ".join(one.en for one in single)] if single else []
    if pairs:
        zh.append(f"{pairs}个交叉组")
        en.append(f"{pairs} pairs of groups")
    return (
        f"{'和'.join(zh)}人数不足，未作判断，不等于没有差别",
        f"{' and '.join(en)}: too few to tell, which does not mean that there is no gap",
    )


def _named(names: Sequence[str], lang: str) -> str:
    shown = [getattr(ALL[name], lang) for name in names[:4]]
    more = ("等", " and others") if len(names) > 4 else ("", "")
    return ("、" if lang == "zh" else ", ").join(shown) + more[lang == "en"]


def _sentence(one: Said, bounds: Said) -> tuple[str, str]:
    """Which group, by how much, and what would have been allowed."""
    group, ratio = ALL[one["group"]], one["recall_ratio"]
    low, high = bounds["low"], bounds["high"]
    if _alarms(one, bounds, "low"):
        gap = one["false_alarm_gap"]
        return (
            f"列入名单的{group.zh}（人次）中未出现结果的占{1 - one['precision']:.0%}，{group.rest_zh}"
            f"{1 - one['precision_rest']:.0%}（相差{gap['point']:+.2f}，允许{bounds['false_alarm_gap']:.2f}）",
            f"of {group.en} on the lists (pupil-weeks) {1 - one['precision']:.0%} did not have the outcome, of"
            f" {group.rest_en} {1 - one['precision_rest']:.0%} (gap {gap['point']:+.2f}, allowed"
            f" {bounds['false_alarm_gap']:.2f})",
        )
    if not one["recall"] or not one["recall_rest"]:
        sides = [(group.zh, group.en), (group.rest_zh, group.rest_en)]
        missed, found = sides if not one["recall"] else sides[::-1]
        many = one["outcomes"] if not one["recall"] else one["outcomes_rest"]
        share = one["recall"] or one["recall_rest"]
        return (
            f"出现结果的{missed[0]}{many}人无一事先列入名单，{found[0]}（人次）有{share:.0%}",
            f"of {missed[1]} with the outcome ({many} pupils) none was listed before, of {found[1]}"
            f" (pupil-weeks) {share:.0%}",
        )
    return (
        f"出现结果的{group.zh}（人次）有{one['recall']:.0%}事先列入名单，{group.rest_zh}{one['recall_rest']:.0%}"
        f"（之比{ratio['point']:.2f}，区间{ratio['low']:.2f}–{ratio['high']:.2f}，允许{low:.2f}–{high:.2f}）",
        f"of {group.en} with the outcome (pupil-weeks) {one['recall']:.0%} were listed before, of"
        f" {group.rest_en} {one['recall_rest']:.0%} (ratio {ratio['point']:.2f}, interval {ratio['low']:.2f} to"
        f" {ratio['high']:.2f}, allowed {low:.2f} to {high:.2f})",
    )


GATE = Gate("fair", "各类学生同等受到关注", "every group is found alike", _judge)
