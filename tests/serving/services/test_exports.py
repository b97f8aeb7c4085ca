"""Files of a school's week: nothing runs, nothing is lost, the same week gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.ports import Note, SchoolCount
from serving.scoring.columns import LIST, NUMBERS
from serving.services.alert_files import COLUMNS, alerts_csv, alerts_xlsx, of_week
from serving.services.exports import HEADERS, as_csv, as_json, as_xlsx, neutral
from serving.services.files import Exports
from serving.services.views import (
    AlertView,
    ListHead,
    PupilWeek,
    ReasonView,
    SchoolWeek,
    mask_id,
    mask_name,
)

DAY = date(2026, 11, 20)
STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
DANGEROUS = st.builds(
    "".join, st.tuples(st.sampled_from(["", " ", "\u3000"]), st.sampled_from(STARTS), TEXT)
)


def week(name: str = "张小轩", sentence: str = "近4周有记录的20天中缺勤8天。") -> SchoolWeek:
    """A week of one listed pupil with an alert and a reason, and one who left."""
    alert = AlertView(
        "not_back", "在册", "on the ledger", sentence, "S.", "法律", "第28条", DAY, DAY, "clerk", "学籍管理员",
        True, "s1", "0801", "p1", "G44010120130507123X", name,
    )  # fmt: skip
    pupil = PupilWeek(
        pupil_id="p1", student_id="G44010120130507123X", name=name, school_id="s1", class_id="0801", grade=8,
        band="act_now", listed=True, probability=0.28, per_hundred=28, interval_low=21, interval_high=36,
        change="new", change_from="data", reasons=(ReasonView("absence_4w", sentence, "S.", 0.7, True, "attendance"),),
        alerts=(alert,), background_contribution=0.1, coverage=0.95, last_attended_on=DAY, days_absent=3,
        due_on=DAY, responsible="clerk", first_listed_on=DAY, probability_low=0.21, probability_high=0.36,
    )  # fmt: skip
    head = ListHead(
        "L1", "990121", "2026-W47", DAY, "dropout-risk/1", "model", False, True,
        datetime(2026, 11, 20, tzinfo=UTC), 8, 3.0, False, ("dropped_out",), (Note("synthetic", "演示。", "Demo."),),
    )  # fmt: skip
    left = replace(
        pupil, pupil_id="p2", band="none", listed=False, change="left", alerts=(), reasons=()
    )
    silent = replace(alert, code="class_silent", pupil_id="", student_id="", name="")
    return SchoolWeek(
        head,
        SchoolCount("s1", "一中", "junior", 100, 3, 1, 1, 0),
        (pupil,),
        (left,),
        (silent,),
        (alert,),
    )


@settings(max_examples=80, deadline=None)
@given(DANGEROUS)
def test_no_cell_of_the_csv_is_a_formula(text: str) -> None:
    """Whatever a name or a sentence begins with, half or full width, no cell begins with it."""
    data = as_csv(week(text, text)).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(data, newline="")):
        assert not [cell for cell in row if cell.lstrip(" \u3000").startswith(STARTS)]


@settings(max_examples=10, deadline=None)
@given(DANGEROUS.filter(lambda text: text.isprintable()))
def test_no_cell_of_the_workbook_is_a_formula(text: str) -> None:
    """Every cell is a string, a number or a date; none a formula."""
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(week(text, text))))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


@given(TEXT)
def test_harmless_text_stays(text: str) -> None:
    """What no spreadsheet would run is left as it is."""
    if not text.lstrip(" \u3000\ufeff\u200b").startswith(STARTS):
        assert neutral(text) == text


def test_bytes_do_not_depend_on_the_moment() -> None:
    """Made twice, published at another moment: the same bytes, also inside the workbook."""
    one = week()
    other = replace(one, head=replace(one.head, published_at=datetime(2027, 1, 1, tzinfo=UTC)))
    for form in (as_csv, as_json, as_xlsx):
        assert form(one) == form(other)
    with zipfile.ZipFile(io.BytesIO(as_xlsx(one))) as book:
        assert len({entry.date_time for entry in book.infolist()}) == 1


def test_numbers_only_where_asked() -> None:
    """Bare contributions and the background's sum are out, and in on request."""
    plain = json.loads(as_json(week()))["rows"][0]
    whole = json.loads(as_json(week(), numbers=True))["rows"][0]
    assert not set(plain) & set(NUMBERS)
    assert list(whole) == list(LIST)
    assert whole["background_contribution"] == 0.1


def test_csv_values() -> None:
    """Codes as codes, dates as ISO dates, ids with every digit, Chinese intact."""
    rows = list(csv.DictReader(io.StringIO(as_csv(week("㐱𠮷")).decode("utf-8-sig"))))
    assert rows[0]["student_id"] == "G44010120130507123X"
    assert (rows[0]["name"], rows[0]["band"], rows[0]["due_on"]) == (
        "㐱𠮷",
        "act_now",
        "2026-11-20",
    )
    assert (
        float(rows[0]["interval_low"])
        <= float(rows[0]["probability"])
        <= float(rows[0]["interval_high"])
    )
    assert (rows[0]["retrospective"], rows[0]["changeable_1"]) == ("false", "true")
    assert [r["change"] for r in rows] == ["new", "left"]


def test_the_workbook_reads_in_chinese_and_english() -> None:
    """Headers hold the words and the column's name; values are words; the second sheet says what it is."""
    zh = openpyxl.load_workbook(io.BytesIO(as_xlsx(week())))
    sheet = zh["名单"]
    heads = [str(cell.value).split("\n")[-1] for cell in sheet[1]]
    assert heads == [c for c in LIST if c not in NUMBERS]
    row = dict(zip(heads, (cell.value for cell in sheet[2]), strict=True))
    assert (row["band"], row["responsible"], row["retrospective"]) == (
        "立即核查",
        "学籍管理员",
        "否",
    )
    assert row["student_id"] == "G44010120130507123X"
    about = [cell.value for cell in zh["说明"]["B"]]
    assert "请勿转发至微信群、QQ群。" in about
    en = openpyxl.load_workbook(io.BytesIO(as_xlsx(week(), lang="en")))
    assert en.sheetnames == ["List", "Tasks beside the list", "About"]
    assert set(HEADERS) == set(LIST)


def test_tasks_beside_the_list_can_be_worked_on() -> None:
    """What stands beside the list has class, masked number, deadline and who is responsible, in the workbook
    as in the JSON; a listed pupil's own task is in the pupil's row and nowhere else."""
    own = week().rows[0].alerts[0]
    theirs = replace(own, code="task", pupil_id="p9", listed=False, grade=8, class_name="八年级1班")
    mine = replace(theirs, pupil_id="p1")
    seen = replace(week(), tasks=(theirs, mine)).masked()
    assert [task["pupil_id"] for task in json.loads(as_json(seen))["tasks"]] == ["p9"]
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(seen)))["名单外待办"]
    assert "不占名单位置" in str(sheet["A1"].value)
    heads = [cell.value for cell in sheet[2]]
    rows = [dict(zip(heads, [c.value for c in r], strict=True)) for r in sheet.iter_rows(min_row=3)]
    assert [row["学生代号"] for row in rows] == [None, "p9"]
    told = [rows[1][name] for name in ("班级", "姓名", "学籍号", "办理期限", "责任人")]
    day = datetime(2026, 11, 20)  # noqa: DTZ001 - a day
    assert told == ["八年级1班", "张*轩", "G4401**********123X", day, "学籍管理员"]


def test_the_workbook_says_what_is_not_kept() -> None:
    """Where columns are empty in every row, the sheet that says what the list is says why."""
    for lang, sheet, words in (
        ("zh", "说明", "程序尚不登记个案"),
        ("en", "About", "Cases are not kept yet"),
    ):
        about = openpyxl.load_workbook(io.BytesIO(as_xlsx(week(), lang=lang)))[sheet]
        assert any(words in str(cell.value) for cell in about["B"])


def test_exports_fulfil_the_door() -> None:
    """The web's exports are the same bytes."""
    assert Exports().csv(week()) == as_csv(week())
    assert Exports("en").xlsx(week()) == as_xlsx(week(), lang="en")
    assert Exports().alerts_csv(week()) == alerts_csv(of_week(week()))
    assert Exports("en").alerts_xlsx(week()) == alerts_xlsx(of_week(week()), "en")


def test_every_alert_of_a_week_once() -> None:
    """Alerts of classes, of listed pupils and tasks, also where a task is a listed pupil's own."""
    own = week()
    task = replace(own.rows[0].alerts[0], code="task", listed=False)
    pupil = replace(own.rows[0], alerts=(*own.rows[0].alerts, task))
    every = of_week(replace(own, rows=(pupil,), tasks=(task,)))
    assert [alert.code for alert in every] == ["class_silent", "not_back", "task"]


def test_the_workbook_of_alerts() -> None:
    """One row an alert under the columns of the CSV, in both languages; no cell is a formula."""
    alerts = of_week(week("=1+1", "@危险"))
    for lang, sheet in (("zh", "必查提醒"), ("en", "Duty alerts")):
        book = openpyxl.load_workbook(io.BytesIO(alerts_xlsx(alerts, lang)))[sheet]
        assert tuple(str(cell.value).split("\n")[-1] for cell in book[1]) == COLUMNS
        assert book.max_row == 1 + len(alerts)
        assert {cell.data_type for row in book.iter_rows(min_row=2) for cell in row} <= set("snd")


def test_masks() -> None:
    """A name keeps at most its ends, a number its region and last four."""
    assert [mask_name(n) for n in ("", "张", "张轩", "张小轩", "欧阳小轩")] == [
        "",
        "*",
        "张*",
        "张*轩",
        "欧**轩",
    ]
    assert mask_id("G440101201305071234") == "G4401**********1234"
    assert [mask_id(i) for i in ("", "a", "ab", "abcd")] == ["", "a", "ab", "a**d"]
