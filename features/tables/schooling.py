"""Tables about school days: marks, roll calls, results, activity, set work."""

from __future__ import annotations

from features.tables import codes
from features.tables.column import (
    DATED,
    Table,
    class_id,
    code,
    count,
    day,
    number,
    school_id,
    student_id,
    text,
)

_SESSION = code("session", "时段", codes.SESSION, default="day")

TABLES = (
    Table(
        "attendance", "考勤", ("student_id", "date", "session"),
        (
            student_id(),
            day("date", "日期", "考勤日期", required=True),
            _SESSION,
            code("status", "考勤状态", codes.ATTENDANCE, required=True,
                 aliases=("出勤状态", "考勤")),
            *DATED,
        ),
        clock="date", aliases=("考勤表", "考勤记录"),
    ),
    Table(
        "roll_calls", "点名", ("school_id", "class_id", "date", "session"),
        (
            school_id(), class_id(required=True),
            day("date", "日期", "点名日期", required=True),
            _SESSION,
            count("expected", "应到人数", low=0, high=500),
            count("present", "实到人数", low=0, high=500),
            *DATED,
        ),
        clock="date", aliases=("点名记录",),
    ),
    Table(
        "grades", "成绩", ("student_id", "term", "exam", "subject"),
        (
            student_id(),
            text("term", "学期", required=True, form="term"),
            code("exam", "考试类型", codes.EXAM, required=True, loose=True, aliases=("考试",)),
            text("subject", "学科", "科目", required=True),
            day("happened_on", "考试日期", required=True),
            number("score", "分数", "成绩", low=0, high=1000),
            number("full_score", "满分", low=1, high=1000),
            code("level", "等级", codes.LEVEL, loose=True, aliases=("成绩等级",)),
            day("due_on", "应交日期", "截止日期"),
            *DATED,
        ),
        clock="happened_on", aliases=("成绩表",),
    ),
    Table(
        "activity", "学习参与", ("student_id", "date", "kind"),
        (
            student_id(),
            day("date", "日期", required=True),
            code("kind", "活动类型", codes.ACTIVITY, required=True, open=True),
            count("count", "次数", "数量", required=True, low=0),
            *DATED,
        ),
        clock="date", aliases=("活动记录",),
    ),
    Table(
        "assignments", "作业布置", ("school_id", "class_id", "school_year", "term", "subject"),
        (
            school_id(), class_id(required=True),
            text("school_year", "学年", required=True, form="school_year"),
            text("term", "学期", required=True, form="term"),
            text("subject", "学科", "作业名称", required=True),
            day("due_on", "应交日期", "截止日期", required=True),
            number("weight", "权重", low=0),
            text("kind", "作业类型"),
            *DATED,
        ),
        clock="due_on", aliases=("作业安排",),
    ),
    Table(
        "attributes", "其他属性", ("student_id", "name"),
        (
            student_id(),
            text("name", "属性名", required=True),
            text("value", "属性值", required=True),
            *DATED,
        ),
        kind="state", aliases=("属性",),
        note_zh="须在 batch.toml 中声明后才可用于估计。",
    ),
)  # fmt: skip
