"""Tables from registers and casework: poverty, care, disability, aid, contacts, measures."""

from __future__ import annotations

from features.tables import codes
from features.tables.column import DATED, Table, code, day, flag, number, student_id, text

_START = day("start_on", "开始日期", "登记开始日期", "纳入日期", required=True)
_END = day("end_on", "结束日期", "退出日期")
_END_KNOWN = day("end_known_on", "结束获知日期")
_CHECKED = day("checked_on", "核查日期", "核实日期")

TABLES = (
    Table(
        "poverty", "家庭经济登记", ("student_id", "category", "start_on"),
        (
            student_id(),
            code("category", "困难类型", codes.POVERTY, required=True, loose=True,
                 aliases=("户类型", "困难类别")),
            _START, _END, _END_KNOWN,
            code("risk_status", "风险状态", codes.RISK, loose=True),
            text("source", "数据来源", "来源"),
            _CHECKED, *DATED,
        ),
        clock="start_on", kind="interval", aliases=("困难登记",),
    ),
    Table(
        "left_behind", "留守登记", ("student_id", "standard", "kind", "start_on"),
        (
            student_id(),
            code("standard", "认定口径", codes.LEFT_STANDARD, required=True, loose=True),
            code("kind", "留守类型", codes.LEFT_KIND, required=True, loose=True),
            _START,
            code("carer", "照护人", codes.CARER, loose=True, aliases=("受托照护人",)),
            _END, _END_KNOWN, _CHECKED, *DATED,
        ),
        clock="start_on", kind="interval", aliases=("留守儿童",),
    ),
    Table(
        "care", "委托照护", ("student_id", "start_on"),
        (
            student_id(), _START,
            text("entrusted_to", "受托人"),
            text("relation", "关系", "与学生关系"),
            day("written_notice_on", "书面告知日期"),
            day("last_parent_contact_on", "父母最近联系日期"),
            *DATED,
        ),
        clock="start_on", kind="state", aliases=("照护登记",),
    ),
    Table(
        "disability", "残疾登记", ("student_id", "category", "start_on"),
        (
            student_id(),
            code("category", "残疾类别", codes.DISABILITY, required=True, loose=True,
                 aliases=("残疾类型",)),
            _START,
            code("level", "残疾等级", codes.DISABILITY_LEVEL, loose=True),
            text("certificate_no", "残疾人证号", form="id"),
            code("placement", "安置方式", codes.PLACEMENT, loose=True, aliases=("就读类型",)),
            _END, _END_KNOWN, _CHECKED, *DATED,
        ),
        clock="start_on", kind="interval", aliases=("特殊教育登记",),
    ),
    Table(
        "aid", "资助", ("student_id", "programme", "term"),
        (
            student_id(),
            text("programme", "资助项目", required=True),
            text("term", "学期", required=True, form="term"),
            code("status", "资助状态", codes.AID, loose=True),
            number("amount", "金额", "资助金额", low=0),
            day("decided_on", "认定日期", "批准日期"),
            day("paid_on", "发放日期"),
            *DATED,
        ),
        kind="state", days=("decided_on", "paid_on"), aliases=("资助发放",),
    ),
    Table(
        "contacts", "家校联系", ("student_id", "date", "channel"),
        (
            student_id(),
            day("date", "日期", "联系日期", required=True),
            code("channel", "联系方式", codes.CHANNEL, required=True, loose=True),
            text("by", "联系人", "劝返人员"),
            text("result", "联系结果", "结果"),
            *DATED,
        ),
        clock="date", aliases=("劝返记录", "家访记录"),
    ),
    Table(
        "interventions", "帮扶措施", ("student_id", "kind", "happened_on"),
        (
            student_id(),
            text("kind", "措施", "措施类型", required=True),
            day("happened_on", "开始日期", "发生日期", required=True),
            *DATED,
        ),
        clock="happened_on", aliases=("措施",),
    ),
    Table(
        "home_teaching", "送教上门", ("student_id", "date"),
        (
            student_id(),
            day("date", "日期", "送教日期", required=True),
            number("periods", "课时", "课时数", required=True, low=0, high=12),
            text("teacher", "教师", "送教教师"),
            flag("guardian_signed", "家长签字", "监护人签字"),
            *DATED,
        ),
        clock="date", aliases=("送教记录",),
    ),
)  # fmt: skip
