"""How long ago the model that serves was trained."""

from __future__ import annotations

from serving.scoring.health.finding import Finding, Severity
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit

CODE = "model_age"


def look(grounds: Grounds) -> list[Finding]:
    """One finding where it is old; none for a rule."""
    trained = grounds.serving.trained_until
    if trained is None or grounds.serving.kind == "rule":
        return []
    weeks = (grounds.as_of - trained).days // 7
    if weeks < limit("age", "look_weeks"):
        return []
    severity: Severity = "act" if weeks >= limit("age", "act_weeks") else "look"
    return [
        Finding(
            "model_age",
            severity,
            f"在用模型 {grounds.serving.label} 所用数据截至{trained}，已过{weeks}周。"
            "下一步：请分析员用新数据重新训练（baoxue train），通过检验后再启用（baoxue promote）。",
            f"The model {grounds.serving.label} knows data until {trained}, {weeks} weeks ago. "
            "Next: an analyst "
            "trains it anew (baoxue train) and promotes it if it passes the gates (baoxue promote).",
            {"weeks": weeks},
        )
    ]
