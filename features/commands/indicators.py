"""``baoxue indicators``: the handbook's page of indicators, printed from the catalogue itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from features.indicator import Example, Indicator

#: Rows of an example shown at most; the rest is counted.
SHOWN = 6
Lang = Literal["zh", "en"]
_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "title": "指标",
        "intro": "本页由指标目录生成：每个指标的名称、依据句和示例即测试用例。",
        "marks": "示例中的考勤，每个上课日一个字母（½为半天，点为无记录）：",
        "up": "越大，估计不会越低",
        "down": "越大，估计不会越高",
        "free": "方向不限",
        "background": "背景信息，只用于安排帮扶，不列为依据",
        "sentence": "依据句",
        "example": "示例",
        "asked": "截止日",
        "result": "结果",
        "none": "无数值",
        "more": "另有{n}行",
    },
    "en": {
        "title": "Indicators",
        "intro": "Printed from the catalogue: names, sentences and examples are those the tests run.",
        "marks": "Attendance in examples, a letter a weekday (½ half a day, a dot no record): ",
        "up": "more of it never lowers the estimate",
        "down": "more of it never raises the estimate",
        "free": "no direction",
        "background": "background: routes help, never a listed reason",
        "sentence": "Sentence",
        "example": "Example",
        "asked": "as of",
        "result": "result",
        "none": "no number",
        "more": "{n} rows more",
    },
}


def register(app: typer.Typer) -> None:
    """Mount the command."""

    @app.command("indicators")
    def indicators(
        fmt: Annotated[Literal["text", "md"], typer.Option("--format", help="text 或 md")] = "text",
        lang: Annotated[Lang | None, typer.Option(help="zh 或 en")] = None,
    ) -> None:
        """全部指标：名称、依据句、示例（手册页）。 Every indicator with its sentence and examples."""
        from features.catalogue import load
        from features.settings import Settings

        speak: Lang = lang or Settings().lang
        catalogue = load()
        print("\n".join((page if fmt == "md" else lines)(catalogue, speak)))


def lines(indicators: Iterable[Indicator], lang: Lang) -> Iterator[str]:
    """One line an indicator: name, family, label."""
    for indicator in indicators:
        label = indicator.label_zh if lang == "zh" else indicator.label_en
        yield f"{indicator.name:<32} {_family(indicator.family, lang)}  {label}"


def page(indicators: Iterable[Indicator], lang: Lang) -> Iterator[str]:
    """The handbook's page in Markdown, by family."""
    from features.example import MARKS

    words = _WORDS[lang]
    marks = ", ".join(f"{mark} {status}" for mark, status in MARKS.items())
    yield from (f"# {words['title']}", "", words["intro"], "", f"{words['marks']}{marks}")
    by_family: dict[str, list[Indicator]] = {}
    for indicator in indicators:
        by_family.setdefault(indicator.family, []).append(indicator)
    for family, members in by_family.items():
        yield from ("", f"## {_family(family, lang)}")
        for indicator in members:
            yield from _entry(indicator, lang)


def _family(family: str, lang: Lang) -> str:
    from features.indicator import FAMILY_EN, FAMILY_ZH

    return (FAMILY_ZH if lang == "zh" else FAMILY_EN)[family]


def _entry(indicator: Indicator, lang: Lang) -> Iterator[str]:
    words = _WORDS[lang]
    label, sentence = (
        (indicator.label_zh, indicator.zh) if lang == "zh" else (indicator.label_en, indicator.en)
    )
    direction = words[{1: "up", -1: "down", 0: "free"}[indicator.direction]]
    colon, stop = ("：", "；") if lang == "zh" else (": ", "; ")
    remarks = [direction, *([words["background"]] if indicator.background else [])]
    yield from ("", f"### `{indicator.name}` {label}", "")
    yield f"{stop.join(remarks)}{'。' if lang == 'zh' else '.'}"
    yield from ("", f"{words['sentence']}{colon}`{sentence}`")
    for example in indicator.examples:
        yield from _example(example, lang)


def _example(example: Example, lang: Lang) -> Iterator[str]:
    words = _WORDS[lang]
    note = f" {example.note}" if example.note else ""
    asked = f"{words['asked']} {example.as_of}"
    asked = f"（{asked}）" if lang == "zh" else f" ({asked})"
    yield from ("", f"{words['example']}{asked}{note}", "")
    for name, rows in example.tables.items():
        if name == "attendance":
            yield from _marks(rows)
        else:
            yield from _table(name, rows, words["more"])
    said = [
        f"`{pupil}` {words['none'] if value is None else f'{value:.4g}'}"
        for pupil, value in example.expect.items()
    ]
    yield f"{words['result']}: {', '.join(said)}"


def _marks(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Attendance as one line a pupil: a letter a weekday, a dot where nothing was recorded."""
    from features.example import MARKS, weekdays

    letter = {status: mark for mark, status in MARKS.items()}
    held: dict[str, dict[date, str]] = {}
    for row in rows:
        days = held.setdefault(row["student_id"], {})
        half = "½" if row.get("session") in {"am", "pm"} else ""
        days[row["date"]] = days.get(row["date"], "") + letter[row["status"]] + half
    yield "```"
    for pupil, days in list(held.items())[:SHOWN]:
        written = ""
        for day in weekdays(min(days)):
            if day > max(days):
                break
            written += days.get(day, ".") + (" " if day.weekday() == 4 else "")
        yield f"{pupil}  {min(days)}  {written.rstrip()}"
    if len(held) > SHOWN:
        yield f"… {len(held) - SHOWN}"
    yield from ("```", "")


def _table(name: str, rows: Iterable[Mapping[str, Any]], more: str) -> Iterator[str]:
    held = list(rows)
    columns = list(dict.fromkeys(c for row in held for c, v in row.items() if v is not None))
    yield f"| {name}: {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in held[:SHOWN]:
        yield f"| {' | '.join(_cell(row.get(column)) for column in columns)} |"
    if len(held) > SHOWN:
        yield from ("", more.format(n=len(held) - SHOWN))
    yield ""


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else f"{value}"
