"""Whether the attendance rule draws the list because no model may."""

from __future__ import annotations

from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds
from training.bundle.registry import option

CODE = "rule_serving"


def look(grounds: Grounds) -> list[Finding]:
    """Act where a model failed its gates, look where none was ever trained."""
    serving = grounds.serving
    if serving.kind != "rule":
        return []
    if serving.found in ("refused", "rule"):
        return [
            Finding(
                "rule_serving",
                "act",
                "模型未通过检验，本周名单按出勤规则生成。"
                f"下一步：请分析员查看哪一项未通过（{_report(serving.label)} 逐项写明），"
                "再决定补充数据或重新训练。",
                "No model has passed its gates; this week's list follows the attendance rule. "
                "Next: an analyst sees which gate failed"
                f" ({_report(serving.label)} says so one by one), then adds data or trains anew.",
            )
        ]
    return [
        Finding(
            "rule_serving",
            "look",
            "尚未训练模型，本周名单按出勤规则生成。下一步：积累一学年记录后，"
            "请分析员训练模型（baoxue train）。",
            "No model has been trained; this week's list follows the attendance rule. Next: with "
            "a school year of "
            "records an analyst trains one (baoxue train).",
        )
    ]


def _report(label: str) -> str:
    """The command that shows the report kept with what serves (``label``: NAME/VERSION)."""
    name, _, version = label.rpartition("/")
    other = option(name) if name else ""
    return (
        f"baoxue evaluate --version {version}{other}" if version.isdecimal() else "baoxue evaluate"
    )
