"""Where things stand: last import, last list, model; and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from features.facts import Import
from features.refusal import Refusal
from serving.ports import Publication
from serving.scoring.model import Model
from serving.scoring.week import iso_week
from serving.services.desk import Desk


@dataclass(frozen=True)
class Overview:
    """``lines``: (Chinese, English) sentences; ``facts``: the same for programs."""

    lines: tuple[tuple[str, str], ...]
    facts: dict[str, Any]


@dataclass(frozen=True)
class AreaState:
    """One area's newest import and newest list."""

    area: str
    last: Import | None
    newest: Publication | None

    @property
    def week(self) -> str:
        """The week of its newest list; empty before one."""
        return self.newest.week if self.newest else ""

    def facts(self) -> dict[str, Any]:
        """For programs."""
        last = self.last
        return {
            "last_import": None if last is None else _import_facts(last),
            "last_list": None if self.newest is None else _facts(self.newest),
        }


def overview(
    desk: Desk,
    imports: Sequence[Import],
    model: Model | Refusal,
    *,
    today: date,
    area: str | None = None,
) -> Overview:
    """The state of a home folder on ``today``, area by area (or of one).

    ``model`` may be why none could be loaded. Raises ``Refusal`` for an unknown area.
    """
    states = _states(desk, imports, area)
    lines = []
    for state in states:
        if len(states) > 1:
            lines.append((f"地区 {state.area}：", f"Area {state.area}:"))
        lines += [_import_line(state.last), _list_line(state.newest)]
    begun = any(state.last or state.newest for state in states)
    if begun or isinstance(model, Refusal):
        lines.append(_model_line(model))
    behind = min(states, key=lambda s: (s.week, s.area))
    step = _next(behind.last, behind.newest, model, today)
    lines.append((f"下一步：{step[0]}", f"Next: {step[1]}"))
    newest = max(states, key=lambda s: s.week)
    facts = newest.facts() | {
        "model": _model_facts(model),
        "next": step[1],
        "areas": {s.area: s.facts() for s in states if s.area},
    }
    return Overview(tuple(lines), facts)


def _states(desk: Desk, imports: Sequence[Import], area: str | None) -> list[AreaState]:
    """Every area with an import or a list; an empty one where there is nothing yet."""
    standing = desk.standing()
    areas = sorted({i.area for i in imports} | {p.area for p in standing})
    if area is not None and area not in areas:
        known = "、".join(areas) or "无"
        raise Refusal(
            f"没有地区 {area} 的导入或名单。现有地区：{known}。请更正 --area。",
            f"There is no import or list of the area {area}. There are: {', '.join(areas) or 'none'}.",
        )
    return [
        AreaState(
            name,
            max((i for i in imports if i.area == name), key=lambda i: i.number, default=None),
            max(
                (p for p in standing if p.area == name),
                key=lambda p: (p.week, p.published_at),
                default=None,
            ),
        )
        for name in (areas or [""])
        if area in (None, name)
    ]


def _import_facts(last: Import) -> dict[str, Any]:
    return {"id": last.id, "received_on": last.received_on}


def _facts(p: Publication) -> dict[str, Any]:
    return {
        "list_id": p.list_id,
        "area": p.area,
        "week": p.week,
        "as_of": p.as_of.isoformat(),
        "model_version": p.label,
        "published_at": p.published_at.isoformat(),
        "counts": dict(p.counts),
    }


def _import_line(last: Import | None) -> tuple[str, str]:
    if last is None:
        return "最近导入：无。", "Last import: none."
    return (
        f"最近导入：{last.id}（{last.received_on or '日期未写'}）。",
        f"Last import: {last.id} ({last.received_on or 'undated'}).",
    )


def _list_line(p: Publication | None) -> tuple[str, str]:
    if p is None:
        return "最近名单：无。", "Last list: none."
    listed, alerts = p.counts.get("listed", 0), p.counts.get("alerts", 0)
    day = p.as_of.isoformat()
    return (
        f"最近名单：{p.week} 周，数据截至 {day}，{p.list_id}，列入 {listed} 人，必查提醒 {alerts} 条。",
        f"Last list: {p.week}, data to {day}, {p.list_id}, {listed} listed, {alerts} duty alerts.",
    )


def _model_facts(model: Model | Refusal) -> dict[str, str]:
    if isinstance(model, Refusal):
        return {"label": "", "kind": "", "found": "refused", "why": model.en}
    return {"label": model.label, "kind": model.kind, "found": model.found}


def _model_line(model: Model | Refusal) -> tuple[str, str]:
    if isinstance(model, Refusal):
        return f"模型：{model.zh}", f"Model: {model.en}"
    if model.kind == "rule":
        said = model.manifest
        return (
            f"模型：{said.notice_zh or '出勤规则。'}",
            f"Model: {said.notice_en or 'attendance rule.'}",
        )
    return (
        f"模型：{model.label}，训练数据截至 {model.manifest.trained_until}。",
        f"Model: {model.label}, trained on data to {model.manifest.trained_until}.",
    )


def _next(
    last: Import | None, newest: Publication | None, model: Model | Refusal, today: date
) -> tuple[str, str]:
    week = iso_week(today)
    if last is None and newest is None:
        return (
            "先用虚构数据试一遍：baoxue demo（已试过的，请先执行它最后打印的 export BAOXUE_HOME=… 一行）；"
            "或用自己的数据：baoxue sample templates/ --templates 取空白模板，填好后依次运行 "
            "baoxue check 文件夹、baoxue import 文件夹、baoxue weekly 文件夹 --as-of 日期。",
            "try it on invented data first: baoxue demo (if you have, run the `export BAOXUE_HOME=...` "
            "line that it printed last); or take your own: blank templates by baoxue sample templates/ "
            "--templates, then baoxue check DIR, baoxue import DIR, baoxue weekly DIR --as-of DATE.",
        )
    if newest is None or newest.week < week:
        return (
            f"{week} 周的名单还没有。导入本周数据后运行 baoxue weekly 文件夹 --as-of {today.isoformat()}；"
            "每个上课日运行 baoxue alerts。",
            f"there is no list of {week} yet. Import this week's data, then baoxue weekly DIR --as-of "
            f"{today.isoformat()}; run `baoxue alerts` every school day.",
        )
    if isinstance(model, Refusal):
        return (
            "按上面“模型”一行所说处理，再用 baoxue models 核对。",
            "do what the line on the model says, then look again with `baoxue models`.",
        )
    if model.found == "none":
        return (
            "积累数据后训练模型：baoxue train 文件夹 --until 日期 --promote。",
            "with enough data, train a model: baoxue train DIR --until DATE --promote.",
        )
    return (
        "用 baoxue list --school 学校标识码 查看名单，或 baoxue serve 打开页面。",
        "see a list with baoxue list --school ID, or open the pages with baoxue serve.",
    )
