"""Opaque pupil ids and list ids: the same input gives the same id, the id gives nothing back."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

#: For synthetic counties: the same demo gives the same ids on every machine. It hides nothing.
PUBLIC_KEY = "baoxue-synthetic"


def pupil_id(key: str, area: str, student_id: str) -> str:
    """``p`` and 20 hexadecimal signs: HMAC-SHA256 of area and student id under the home's key."""
    return pupil_ids(key, area, [student_id])[0]


def pupil_ids(key: str, area: str, student_ids: Iterable[str]) -> list[str]:
    """The pupil id of each."""
    # the key and the area are taken in once: a city asks 850,000 times
    begun = hmac.new(key.encode(), f"{area}\n".encode(), "sha256")
    return [_ended(begun.copy(), s) for s in student_ids]


def _ended(signing: hmac.HMAC, student_id: str) -> str:
    signing.update(student_id.encode())
    return "p" + signing.hexdigest()[:20]


def digest(said: Any) -> str:
    """SHA-256 of canonical JSON: sorted keys, no spaces."""
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def list_id(run_digest: str) -> str:
    """The list's name: ``L`` and the first 16 signs of the run's digest."""
    return "L" + run_digest[:16]
