"""A model must rank better than the attendance rule: else the rule, which all can read, serves."""

from __future__ import annotations

from training.gates.gate import Gate, Hearing, Verdict


def _judge(hearing: Hearing) -> Verdict:
    gate, ours, rule = (hearing.report[name] for name in ("gate", "model", "rule"))
    figures = {
        "model": ours.get("average_precision"),
        "rule": rule.get("average_precision"),
        **{name: gate.get(name) for name in ("point", "low", "high")},
    }
    if figures["low"] is None or figures["model"] is None or figures["rule"] is None:
        return Verdict(
            False,
            "无法与出勤规则比较：检验时段内没有约定结果。积累记录后再训练。",
            "No comparison with the attendance rule: the outcome did not come in the periods judged."
            " Train again when more has been recorded.",
            figures,
        )
    zh = (
        f"平均精确率 {figures['model']:.4f}，出勤规则 {figures['rule']:.4f}，相差 {figures['point']:+.4f}"
        f"（95%区间 {figures['low']:+.4f} 至 {figures['high']:+.4f}，应大于0）。"
    )
    en = (
        f"Average precision {figures['model']:.4f}, attendance rule {figures['rule']:.4f}, difference"
        f" {figures['point']:+.4f} (95 % interval {figures['low']:+.4f} to {figures['high']:+.4f}; must"
        " lie above 0)."
    )
    return Verdict(bool(gate["passed"]), zh, en, figures)


GATE = Gate(
    "beats_attendance",
    "优于出勤规则",
    "better than the attendance rule",
    _judge,
    first=True,
)
