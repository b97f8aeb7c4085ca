"""No indicator may look past its day: built from facts without what came later, it must be the same number."""

from __future__ import annotations

from training.gates.gate import Gate, Hearing, Verdict


def _judge(hearing: Hearing) -> Verdict:
    looked = hearing.material.looked
    if looked is None or not looked.rows:
        return Verdict(
            None,
            "未能核对：没有可供核对的截止日。",
            "Not looked at: there was no as-of day to look at.",
        )
    figures = {"days": list(looked.days), "rows": looked.rows, "differ": dict(looked.differ)}
    days = ("、".join(looked.days), ", ".join(looked.days))
    if not looked.differ:
        return Verdict(
            True,
            f"删去之后才获知的记录，{looked.rows:,}行指标逐值相同（{days[0]}）。",
            f"Without what became known later {looked.rows:,} rows are the same value for value"
            f" ({days[1]}).",
            figures,
        )
    worst = sorted(looked.differ.items(), key=lambda one: (-one[1], one[0]))
    zh = "、".join(f"{name}（{count}行）" for name, count in worst[:10])
    en = ", ".join(f"{name} ({count} rows)" for name, count in worst[:10])
    return Verdict(
        False,
        f"删去之后才获知的记录后，这些指标变了：{zh}。它们用到了截止日当时还不知道的记录（{days[0]}）。"
        "请改正指标后重新训练。",
        f"Without what became known later these indicators change: {en}. They use what was not known on"
        f" the day ({days[1]}). Mend them and train again.",
        figures,
    )


GATE = Gate("no_future", "不使用之后才获知的记录", "nothing from the future", _judge)
