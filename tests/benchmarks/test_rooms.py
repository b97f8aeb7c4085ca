"""A measurement's room is its own while it measures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks import apart, rooms


def test_two_measurements_are_not_in_one_room(tmp_path: Path) -> None:
    """The second ends at once with a sentence, and measures when the first has ended."""
    command = [sys.executable, "-m", "benchmarks", "--size", "small", "--only", "help"]

    def second() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, "--room", str(tmp_path)], cwd=apart.ROOT, check=False, capture_output=True, text=True,
        )  # fmt: skip

    with rooms.taken(tmp_path):
        refused = second()
    assert refused.returncode == 1
    assert "another measurement" in refused.stderr
    assert second().returncode == 0
