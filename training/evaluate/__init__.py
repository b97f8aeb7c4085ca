"""What is said of a model before it may serve: every system on the same rows, at equal length."""

from __future__ import annotations

from training.evaluate.paired import compare
from training.evaluate.report import MODEL, Report, report

__all__ = ["MODEL", "Report", "compare", "report"]
