"""Sentences of a list and a page: verdict, what is missing, what to do next. Correlational only."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date

from features.facts import Stale
from features.sentence import say_day
from serving.scoring.note import Note

OUTCOMES_ZH: dict[str, str] = {
    "tenth_unexplained_day": "连续10个上课日未到校且原因不明",
    "suspected_dropout": "疑似辍学",
    "dropped_out": "辍学",
}
OUTCOMES_EN: dict[str, str] = {
    "tenth_unexplained_day": "ten consecutive unexplained school days",
    "suspected_dropout": "a suspected dropout",
    "dropped_out": "a dropout",
}
_ORDER = tuple(OUTCOMES_ZH)


def outcome_words(outcome: Sequence[str], lang: str = "zh") -> str:
    """The outcome of a model in words: 「…、疑似辍学或辍学」."""
    names = OUTCOMES_EN if lang == "en" else OUTCOMES_ZH
    known = [names[k] for k in _ORDER if k in outcome]
    said = known + sorted(k for k in outcome if k not in names)
    said = said or [names["dropped_out"]]
    if lang == "en":
        return said[0] if len(said) == 1 else ", ".join(said[:-1]) + " or " + said[-1]
    return said[0] if len(said) == 1 else "、".join(said[:-1]) + "或" + said[-1]


#: What a sentence says of its own day, as somebody reads it who opens the list on another: patterns and what
#: stands instead; ``{day}`` is the day of the list. Templates and what they print are part of a stored list,
#: which is made again byte for byte; so it is said where a list is shown.
_AS_READ: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "zh": (
        (re.compile(r"，今天(?=[，。])"), ""),
        (re.compile(r"距今(\d+)天"), r"到{day}已\1天"),
        (re.compile(r"到本班已有(\d+)天"), r"到{day}在本班已有\1天"),
        (re.compile(r"(^|[，。])已有(\d+)天没有"), r"\1到{day}已有\2天没有"),
        (re.compile(r"年龄与本年级通常年龄相差0岁"), "年龄与本年级通常年龄相同"),
        (re.compile(r"年龄与本年级通常年龄相差-(\d+)岁"), r"年龄比本年级通常年龄小\1岁"),
    ),
    "en": (
        (re.compile(r"(\d{4}-\d\d-\d\d), today(?=[,.])"), r"\1"),
        (re.compile(r"(?<=\d )(days?) ago"), r"\1 before {day}"),
        (re.compile(r"(?<= )0 years from the usual age"), "at the usual age"),
        (re.compile(r"-(\d+) years from the usual age"), r"\1 years below the usual age"),
    ),
}


#: One of a thing, which a template written for several says as several.
_ONE = re.compile(
    r"(?<![\d.-])(?<!last )1 ((?:school|active|recorded|marked) )?"
    r"(day|pupil|year|spell|kind|piece|activit)(?:ies|s)\b"
)


def singular(sentence: str) -> str:
    """An English sentence with one day, one pupil, one activity."""
    return _ONE.sub(lambda m: f"1 {m[1] or ''}{m[2].replace('activit', 'activity')}", sentence)


def as_read(sentence: str, day: date, lang: str) -> str:
    """A sentence written for ``day`` as it holds on any later day: dates instead of 今天 and 距今."""
    for pattern, instead in _AS_READ[lang]:
        sentence = pattern.sub(instead.replace("{day}", say_day(day, lang)), sentence)
    return singular(sentence) if lang == "en" else sentence


def per_hundred(probability: float | None) -> int | None:
    """Of 100 pupils with similar records, how many; halves go up."""
    return None if probability is None else math.floor(100 * probability + 0.5)


def interval_per_hundred(
    low: float | None, high: float | None, point: int | None
) -> tuple[int | None, int | None]:
    """Whole pupils; rounded outwards, and the point lies inside."""
    if low is None or high is None or point is None:
        return None, None
    return min(point, math.floor(100 * low)), max(point, math.ceil(100 * high))


def about(value: float, lang: str) -> str:
    """约28, 约2.9, 不到1; about 28, fewer than 1: "about" stands before a number only."""
    if value < 0.5:
        return "fewer than 1" if lang == "en" else "不到1"
    number = f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"
    return f"about {number}" if lang == "en" else f"约{number}"


def _horizon(weeks: int | None, lang: str) -> str:
    if lang == "en":
        return "before the school year ends" if weeks is None else f"in the next {weeks} weeks"
    return "在本学年结束前" if weeks is None else f"在之后{weeks}周内"


#: Why no estimate is made: ``features.prepare.cohort``'s out_reason, or no_data -> (zh, en).
NO_ESTIMATE: dict[str, tuple[str, str]] = {
    "left": ("该生在校登记已结束", "the enrolment has ended"),
    "gone": ("该生已登记转出、毕业或其他离校情形", "a transfer, completion or other leave is on record"),
    "out": (
        "该生已登记疑似辍学或辍学，尚无解除或复学记录，按必查提醒跟进",
        "a suspected dropout or a dropout is on record, without a return; the duty alerts hold",
    ),
    "suspended": ("该生在经批准的休学期内", "an approved suspension is in force"),
    "home_taught": ("该生登记为送教上门，按送教要求跟进", "the pupil is registered for home teaching"),
    "adult": ("该生已满18周岁", "the pupil is of age"),
    "grade": ("该生不在一至九年级", "the pupil is not in grades 1 to 9"),
    "run": (
        "该生已连续10个及以上上课日未到校且原因不明，按必查提醒跟进",
        "ten or more consecutive unexplained school days are on record; the duty alerts hold",
    ),
    "no_data": ("近4周没有该生的考勤记录，数据不足", "no attendance is on record for the last 4 weeks"),
}  # fmt: skip


def no_estimate(reason: str = "") -> tuple[str, str]:
    """That there is no estimate, and why where it is known (a key of ``NO_ESTIMATE``)."""
    zh, en = NO_ESTIMATE.get(reason, ("", ""))
    return (
        f"本周未作概率估计{'：' + zh if zh else ''}。这不等于没有需要关注的情况。",
        f"No probability was estimated this week{': ' + en if en else ''}. That does not mean there "
        "is nothing to see.",
    )


def verdict(
    probability: float | None,
    interval: tuple[int | None, int | None],
    *,
    base_rate: float | None,
    horizon_weeks: int | None,
    outcome: Sequence[str],
) -> tuple[str, str]:
    """The verdict in natural frequencies, Chinese and English; without an estimate it says so."""
    if probability is None:
        return no_estimate()
    # pupils come whole; only the county's rate, an average, may be a fraction
    point = 100 * probability if probability < 0.005 else float(per_hundred(probability) or 0)
    zh = (
        f"每100名记录相近的学生中，{about(point, 'zh')}名{_horizon(horizon_weeks, 'zh')}"
        f"出现{outcome_words(outcome)}"
    )
    en = (
        f"Of 100 pupils with similar records {about(point, 'en')} had "
        f"{outcome_words(outcome, 'en')} {_horizon(horizon_weeks, 'en')}"
    )
    zh_in, en_in = [], []
    if interval[0] is not None:
        zh_in.append(f"区间{interval[0]}–{interval[1]}名")
        en_in.append(f"interval {interval[0]}–{interval[1]}")
    if base_rate is not None:
        zh_in.append(f"全县{about(100 * base_rate, 'zh')}名")
        en_in.append(f"county {about(100 * base_rate, 'en')}")
    zh += f"（{'；'.join(zh_in)}）" if zh_in else ""
    en += f" ({'; '.join(en_in)})" if en_in else ""
    return zh + "。这不是对该生的判断。", en + ". This is no judgement of this pupil."


def gaps(
    coverage: float | None,
    *,
    last_known_on: date | None,
    calendar_estimated: bool,
    as_of: date | None = None,
) -> list[Note]:
    """What is missing in the data about a pupil (缺少的数据), on the list of ``as_of``."""
    found = []
    if coverage is None:
        found.append(
            Note(
                "no_school_days",
                "近4周没有应到的上课日。",
                "No school day was due in the last 4 weeks.",
            )
        )
    elif coverage < 0.995:
        share = round(100 * (1 - coverage))
        last = f"，最近一次记录为{say_day(last_known_on, near=as_of)}" if last_known_on else ""
        last_en = f"; last record {last_known_on.isoformat()}" if last_known_on else ""
        found.append(
            Note(
                "attendance_unknown",
                f"近4周有{share}%的应到时段考勤未报（不等于到校）{last}。",
                f"Attendance not reported for {share}% of the last 4 weeks (not presence){last_en}.",
            )
        )
    if calendar_estimated:
        found.append(CALENDAR_ESTIMATED)
    return found


NO_SCHOOL_DAYS = Note(
    "no_school_days",
    "近4周没有应到的上课日。",
    "No school day was due in the last 4 weeks.",
)
CALENDAR_ESTIMATED = Note(
    "calendar_estimated",
    "校历未导入，按估计。",
    "No calendar was imported; school days are estimated.",
)
EMPTY = Note(
    "empty",
    "数据中没有在读学生，名单为空。请核对 enrolments（在读记录）后重新导入。",
    "There are no enrolled pupils in the data, so the list is empty. Check `enrolments`.",
)
NO_ATTENDANCE = Note(
    "no_attendance",
    "近4周没有任何考勤记录，未作估计；必查提醒照常。请导入考勤后重新运行。",
    "No attendance at all in the last 4 weeks: no estimates, duty alerts as usual. Import attendance "
    "and run again.",
)
HOLIDAY = Note(
    "holiday",
    "近4周不在学期内，没有应到的上课日，未作估计；必查提醒照常。开学第一周请每日运行 baoxue alerts。",
    "No school day in the last 4 weeks: no estimates, duty alerts as usual. In the first week of "
    "term run `baoxue alerts` every day.",
)
TERM_START = Note(
    "term_start",
    "开学不足两周，近期记录较少，请先核对报到情况。",
    "Term began less than two weeks ago, so recent records are few; check arrivals first.",
)
NO_ALERTS = Note(
    "no_alerts",
    "本批数据声明不作必查提醒（alerts = false）。",
    "This extract asks for no duty alerts (alerts = false).",
)


def stale_extract(stale: Stale) -> Note:
    """The extract is older than a week: what happened since is not in it."""
    return Note("stale_extract", stale.zh, stale.en)


def published_late(weeks: Sequence[str]) -> Note:
    """Earlier weeks that were published (or corrected) after a list: its changes do not know them."""
    return Note(
        "published_late",
        f"{'、'.join(weeks)} 周的名单在本名单之后补发或更正；本名单中的“新列入”“首次列入”等变化"
        "以发布时已有的名单为准，未计入该周。",
        f"The list of {', '.join(weeks)} was published or corrected after this one; changes and first "
        "listings here are against what stood then, without it.",
    )


RETROSPECTIVE = Note(
    "retrospective",
    "回溯名单：模型所用数据晚于名单日期，只能用于回看，不能说明当时能预见什么。",
    "Retrospective list: the model knows later data than the list's day; for looking back only.",
)
SHADOW = Note(
    "shadow",
    "试运行名单：新版模型与在用版本并行比较，只供分析人员查看，不下发学校。",
    "Shadow list: a new version beside the one in use, for analysts to compare; not for schools.",
)
SYNTHETIC = Note("synthetic", "演示数据，不反映真实学生。", "Demonstration data, no real pupils.")
