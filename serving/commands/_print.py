"""A school's week, alerts and a pupil's explanation as text for a terminal: sentences, nothing that
ranks. Names are already masked by whoever calls."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from itertools import groupby
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from features.batch import Batch
from features.places import whole
from serving.scoring import words
from serving.scoring.rules import RESPONSIBLE_EN, RESPONSIBLE_ZH
from serving.services.views import (
    BANDS_EN,
    BANDS_ZH,
    BESIDE_EN,
    BESIDE_ZH,
    CHANGES_EN,
    CHANGES_ZH,
    DISCLAIMERS_EN,
    DISCLAIMERS_ZH,
    FROM_EN,
    FROM_ZH,
    WHY_BESIDE_EN,
    WHY_BESIDE_ZH,
    AlertView,
    Explanation,
    ListHead,
    PupilPage,
    PupilWeek,
    SchoolWeek,
    class_label,
)
from training.bundle.registry import DEFAULT

_STYLE = {"act_now": "bold red", "priority": "bold yellow", "watch": "cyan", "none": "dim"}


WIDTH = 100


@contextmanager
def console(out: Path | None = None) -> Iterator[Console]:
    """The terminal, or a file of plain text; lines of 100 signs where nobody watches."""
    if out is None:
        own = Console()
        yield own if own.is_terminal else Console(width=WIDTH, no_color=True)
        return
    with whole(out), out.open("w", encoding="utf-8") as file:
        yield Console(file=file, width=WIDTH, no_color=True)


def write(data: bytes, out: Path | None) -> None:
    """To the file, or to standard output as it is."""
    if out is None:
        sys.stdout.buffer.write(data)
        return
    with whole(out):
        out.write_bytes(data)


def told(zh: str, en: str, lang: str) -> None:
    """What was written and where, on standard error: standard output is for what was asked for."""
    print(en if lang == "en" else zh, file=sys.stderr)


def page_json(page: PupilPage) -> bytes:
    """Everything a pupil's page shows, as JSON."""
    text = json.dumps(asdict(page), ensure_ascii=False, indent=2, default=lambda d: d.isoformat())
    return (text + "\n").encode()


def print_week(console: Console, week: SchoolWeek, *, today: date, lang: str = "zh") -> None:
    """The list: one block a pupil, in the order of the list; deadlines before ``today`` are named."""
    console.print(_week_head(week, lang))
    if not week.rows:
        console.print(
            "  No pupil is listed this week." if lang == "en" else "  本周没有列入名单的学生。"
        )
    for pupil in week.rows:
        console.print(_pupil_block(pupil, lang, today))
    if week.left:
        console.print(_left(week.left, lang))
    if week.class_alerts:
        console.print(
            _lines(
                _title("Classes not reporting", "班级考勤未报", lang),
                week.class_alerts,
                lang=lang,
                today=today,
            )
        )
    if week.unlisted:
        title = f"{_title(BESIDE_EN, BESIDE_ZH, lang)} {len(week.unlisted)}"
        title += f"\n  {_title(WHY_BESIDE_EN, WHY_BESIDE_ZH, lang)}"
        console.print(_lines(title, week.unlisted, lang=lang, today=today))
    if week.rows:
        console.print(_next(week, lang))
    console.print(_foot(lang))


def _next(week: SchoolWeek, lang: str) -> Text:
    """The command that explains the first pupil, as it can be typed."""
    head = week.head
    command = f"baoxue explain {week.rows[0].pupil_id}"
    if week.next_week:
        command += f" --week {head.week}"
    if head.model.partition("/")[0] != DEFAULT:
        command += f" --model {head.model}"
    return Text(_title(f"One pupil's grounds: {command}", f"查看一名学生的依据：{command}", lang))


def _title(en: str, zh: str, lang: str) -> str:
    return en if lang == "en" else zh


def _week_head(week: SchoolWeek, lang: str) -> Panel:
    head, school = week.head, week.school
    if lang == "en":
        first = (
            f"{school.name or school.school_id} · {head.week} · data to {head.as_of.isoformat()}"
        )
        second = (
            f"{school.cohort} pupils estimated · {school.listed} listed ({school.alerts} to "
            f"check now) · places a week {school.capacity} · model {head.model} · {head.list_id}"
        )
    else:
        first = f"{school.name or school.school_id} · {head.week} 周 · 数据截至 {head.as_of.isoformat()}"
        second = (
            f"估计 {school.cohort} 人 · 列入 {school.listed} 人（其中立即核查 {school.alerts} 人）· "
            f"每周可核实 {school.capacity} 人 · 模型 {head.model} · {head.list_id}"
        )
    notes = [Text(note.en if lang == "en" else note.zh, style="yellow") for note in head.notes]
    return Panel(Group(Text(first, style="bold"), Text(second), *notes), expand=True)


def _place(whose: PupilWeek | AlertView, lang: str) -> str:
    zh, en = class_label(whose.grade, whose.class_id, whose.class_name)
    return en if lang == "en" else zh


def _who(pupil: PupilWeek, lang: str) -> str:
    place = _place(pupil, lang)
    return f"{place}  {pupil.name}  {pupil.student_id}"


def _pupil_block(pupil: PupilWeek, lang: str, today: date) -> RenderableType:
    english = lang == "en"
    first = Text()
    first.append((BANDS_EN if english else BANDS_ZH)[pupil.band], style=_STYLE.get(pupil.band, ""))
    first.append(f"  {_who(pupil, lang)}", style="bold")
    first.append(f"  {pupil.pupil_id}", style="dim")
    changed = change_words(pupil, lang)
    if changed:
        first.append(f"  {changed}", style="dim")
    lines: list[RenderableType] = [first]
    lines += [_alert_line(alert, lang, today) for alert in pupil.alerts]
    lines += [Text(f"· {r.en if english else r.zh}") for r in pupil.reasons]
    estimate = estimate_words(pupil, lang)
    if estimate:
        lines.append(Text(estimate, style="dim"))
    return Group(lines[0], *(Padding(line, (0, 0, 0, 4)) for line in lines[1:]), Text(""))


def change_words(pupil: PupilWeek, lang: str) -> str:
    """「新列入（数据变化）」"""
    english = lang == "en"
    change = (CHANGES_EN if english else CHANGES_ZH)[pupil.change]
    source = (FROM_EN if english else FROM_ZH)[pupil.change_from]
    if not change or not source:
        return change
    return f"{change} ({source})" if english else f"{change}（{source}）"


def estimate_words(pupil: PupilWeek, lang: str) -> str:
    """The estimate in natural frequencies, short; empty without one."""
    if pupil.per_hundred is None:
        return ""
    if lang == "en":
        return (
            f"of 100 pupils with similar records {words.about(pupil.per_hundred, 'en')} "
            f"(interval {pupil.interval_low}–{pupil.interval_high})"
        )
    low, high = pupil.interval_low, pupil.interval_high
    return (
        f"每100名记录相近的学生中，{words.about(pupil.per_hundred, 'zh')}名（区间{low}–{high}名）"
    )


def _alert_line(alert: AlertView, lang: str, today: date) -> Text:
    english = lang == "en"
    who = (RESPONSIBLE_EN if english else RESPONSIBLE_ZH).get(alert.responsible, alert.responsible)
    due = alert.due_on.isoformat() if alert.due_on else ""
    text = Text()
    text.append("! ", style="red" if alert.listed else "yellow")
    text.append(alert.en if english else alert.zh)
    text.append(f" [{alert.basis}]" if english else f"【{alert.basis}】", style="dim")
    text.append(f" {who} · due {due}" if english else f"{who}，{due} 前办理", style="dim")
    if alert.due_on is not None and alert.due_on < today:
        text.append(" overdue" if english else "，已逾期", style="bold red")
    return text


def _left(left: Sequence[PupilWeek], lang: str) -> RenderableType:
    title = Text(CHANGES_EN["left"] if lang == "en" else CHANGES_ZH["left"], style="bold")
    rows = [Text(f"    {_who(p, lang)}  {change_words(p, lang)}", style="dim") for p in left]
    return Group(title, *rows, Text(""))


def _lines(title: str, alerts: Iterable[AlertView], *, lang: str, today: date) -> RenderableType:
    """A title, then each class or pupil once with its alerts under it."""
    rows: list[RenderableType] = [Text(title, style="bold")]
    who = ""
    for alert in alerts:
        own = f"{_place(alert, lang)}  {alert.name}".rstrip()
        if own != who:
            rows.append(Text(f"  {own}"))
            who = own
        rows.append(Padding(_alert_line(alert, lang, today), (0, 0, 0, 4)))
    return Group(*rows, Text(""))


def _foot(lang: str) -> Text:
    said = DISCLAIMERS_EN if lang == "en" else DISCLAIMERS_ZH
    return Text(" ".join(said[code] for code in ("lead", "share")), style="dim")


def print_alerts(
    console: Console, alerts: Sequence[AlertView], *, today: date, lang: str = "zh"
) -> None:
    """A day's duty alerts school by school, listed ones first, counted.

    Deadlines before ``today`` are named, as in a list.
    """
    for school, found in groupby(alerts, key=lambda alert: alert.school_id):
        own = list(found)
        console.print(_lines(f"{school} · {_counted(own, lang)}", own, lang=lang, today=today))
    console.print(_foot(lang))


def _counted(alerts: Sequence[AlertView], lang: str) -> str:
    """How many alerts, and of how many pupils and classes: an alert is no pupil."""
    pupils = len({a.pupil_id for a in alerts if a.pupil_id})
    classes = len({a.class_id for a in alerts if not a.pupil_id})
    if lang == "en":
        return f"{len(alerts)} duty alerts ({pupils} pupils, {classes} classes)"
    return f"必查提醒 {len(alerts)} 条（{pupils} 名学生、{classes} 个班级）"


def no_alerts(batch: Batch, day: date, lang: str) -> str:
    """What is said of a day without any; or of data whose alerts are switched off."""
    if not batch.alerts:
        return words.NO_ALERTS.en if lang == "en" else words.NO_ALERTS.zh
    return f"There was no duty alert on {day}." if lang == "en" else f"{day} 没有必查提醒。"


def print_explanation(console: Console, page: PupilPage, *, today: date, lang: str = "zh") -> None:
    """One pupil: verdict, alerts, grounds, what counts otherwise, gaps, the weeks before."""
    english, own, past = lang == "en", page.explanation, page.history
    console.print(_pupil_head(own, lang))
    console.print(Text(own.verdict_en if english else own.verdict_zh))
    for alert in own.pupil.alerts:
        console.print(_alert_line(alert, lang, today))
    _section(
        console, "Main grounds", "主要依据", lang, [getattr(r, lang) for r in own.pupil.reasons]
    )
    protective = [getattr(f, lang) for f in own.protective]
    _section(console, "In favour", "有利情况", lang, protective)
    if any(f.background for f in own.factors):
        text = (DISCLAIMERS_EN if english else DISCLAIMERS_ZH)["background"]
        _section(
            console, "Background, summed", "背景信息合计", lang, [_background(own, lang), text]
        )
    _section(console, "Since last week", "与上周相比", lang, _changed(own, lang))
    _section(
        console, "Missing in the data", "缺少的数据", lang, [getattr(g, lang) for g in own.gaps]
    )
    bands = BANDS_EN if english else BANDS_ZH
    weeks = [f"{p.week}  {bands[p.band]}" for p in past[-8:]]
    _section(console, "Week by week", "逐周", lang, weeks if len(past) > 1 else [])
    console.print(_foot(lang))


def _changed(own: Explanation, lang: str) -> list[str]:
    """What became of the place on the list, and which records moved the estimate."""
    place = change_words(own.pupil, lang)
    lines = [_title("On the list: ", "名单：", lang) + place] if place else []
    return lines + ([getattr(own.since, lang)] if own.since else [])


def _background(own: Explanation, lang: str) -> str:
    value = own.background or 0.0
    if abs(value) < 0.05:
        return "about no difference" if lang == "en" else "对估计几乎没有影响"
    if lang == "en":
        return "raises the estimate" if value > 0 else "lowers the estimate"
    return "使估计升高" if value > 0 else "使估计降低"


def _pupil_head(own: Explanation, lang: str) -> Panel:
    head: ListHead = own.head
    band = (BANDS_EN if lang == "en" else BANDS_ZH)[own.pupil.band]
    first = f"{own.school_name}  {_who(own.pupil, lang)}"
    last = f"{head.week} · {head.as_of.isoformat()} · {head.model} · {head.list_id}"
    notes = [Text(n.en if lang == "en" else n.zh, style="yellow") for n in head.notes]
    style = _STYLE.get(own.pupil.band, "")
    return Panel(Group(Text(first, style="bold"), Text(band, style=style), Text(last), *notes))


def _section(console: Console, en: str, zh: str, lang: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    console.print(Text(f"\n{_title(en, zh, lang)}", style="bold"))
    for line in lines:
        console.print(Text(f"  · {line}"))
