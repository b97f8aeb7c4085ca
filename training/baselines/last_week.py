"""Last week's list: the model's own, one week old. What is lost by not looking again?

Where rows are taken every so many weeks (``--every-weeks``) it is that many weeks old, and called so.
"""

from __future__ import annotations

from dataclasses import replace

from training.baselines.baseline import Baseline
from training.bundle import Manifest


def _follow(manifest: Manifest, weeks: int) -> Manifest:
    return replace(
        manifest,
        lag_weeks=weeks,
        notice_zh=f"本名单按{weeks}周前已知的记录估计。",
        notice_en=f"This list is estimated from what was known {weeks} weeks before.",
    )


BASELINE = Baseline("last_week", "上周名单", "last week's list", follow=_follow)
