"""Gates, and the champion's folder: what serves is changed in one step or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from features.refusal import Refusal
from training import shadow
from training.answers import failed
from training.bundle import Bundle

VERSION = "version.json"


def bundle_folder(home: Path, name: str, version: int) -> Path:
    """Where a registered version's bundle lies."""
    return home / "bundles" / name / str(version)


def champion_folder(home: Path, name: str) -> Path:
    """What serving reads: a link to one complete folder, replaced in one step."""
    return home / "champion" / name


def check_gates(bundle: Bundle) -> None:
    """Refuse a model that did not pass its recorded gates; a rule needs none."""
    if bundle.kind == "rule":
        return
    closed = failed(bundle.manifest.checks)
    if closed:
        zh = "".join(f"\n- {one['title_zh']}：{one['zh']}" for one in closed)
        en = "".join(f"\n- {one['title_en']}: {one['en']}" for one in closed)
        raise Refusal(
            f"未发布：模型未通过{len(closed)}道检验。{zh}\n可发布出勤规则版本；改正后重新训练，"
            "见手册“检验”一页。",
            f"Not promoted: the model did not pass {len(closed)} of the gates.{en}\nPromote the rule's"
            " version; mend what is named and train again (handbook: gates).",
        )


def current(home: Path, name: str) -> dict[str, Any] | None:
    """``version.json`` of the champion (name, version, kind, digest, before), or None."""
    path = champion_folder(home, name) / VERSION
    if not path.is_file():
        return None
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return said


def promote(home: Path, name: str, version: int, *, without_shadow: str = "") -> Bundle:
    """Make a registered version the champion if its gates allow it; returns its bundle.

    The version before it is remembered for ``rollback``. Raises Refusal where there is no such
    version, where its files do not match their checksums, where a gate was not passed, or where it
    would take another model's place without its shadow weeks (``without_shadow``: the reason why
    nobody waits, kept with the champion).
    """
    bundle = _registered(home, name, version)
    check_gates(bundle)
    now = current(home, name)
    if now is None or now["version"] != version:
        if now is not None and now["kind"] == bundle.kind == "model" and not without_shadow:
            shadow.check(shadow.shadow_weeks(home, name, version), name, version)
        before = [] if now is None else [*now["before"], now["version"]]
        _publish(home, bundle, version=version, before=before, reason=without_shadow)
    return bundle


def rollback(home: Path, name: str) -> tuple[Bundle, int]:
    """Put the version before the champion back; returns its bundle and number.

    Gates are not asked again: it served before. Raises Refusal where there is none.
    """
    now = current(home, name)
    if now is None or not now["before"]:
        raise Refusal(
            "没有可以回退的上一版本。可用 baoxue promote 版本号 发布其他版本。",
            "There is no earlier champion to go back to. Promote another: `baoxue promote VERSION`.",
        )
    *before, version = now["before"]
    bundle = _registered(home, name, version)
    _publish(home, bundle, version=version, before=before)
    return bundle, version


def _registered(home: Path, name: str, version: int) -> Bundle:
    folder = bundle_folder(home, name, version)
    if not folder.is_dir():
        raise Refusal(
            f"没有 {name} 的第 {version} 版。请先训练（baoxue train），或换一个版本号。",
            f"There is no version {version} of {name}. Train one (`baoxue train`) or name another.",
        )
    return Bundle.load(folder)


def _publish(
    home: Path, bundle: Bundle, *, version: int, before: list[int], reason: str = ""
) -> None:
    """Write a complete folder beside the others, then turn the link to it by one rename."""
    name = bundle.manifest.name
    link = champion_folder(home, name)
    kept = link.parent / f".{name}"
    kept.mkdir(parents=True, exist_ok=True)
    said = {
        "name": name,
        "version": version,
        "kind": bundle.kind,
        "digest": bundle.digest,
        "before": before,
        **({"without_shadow": reason} if reason else {}),
    }
    text = json.dumps(said, indent=1) + "\n"
    # named by all it holds and never rewritten: somebody may still be reading it
    target = kept / f"{version}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if not target.is_dir():
        fresh = Path(tempfile.mkdtemp(dir=kept, prefix=".new-"))
        fresh.chmod(0o755)  # mkdtemp is for its maker alone; serving may be another user
        bundle.write(fresh)
        (fresh / VERSION).write_text(text, encoding="utf-8")
        os.replace(fresh, target)
    turning = link.parent / f".{name}.link.{os.getpid()}"
    turning.unlink(missing_ok=True)
    turning.symlink_to(Path(kept.name) / target.name)
    os.replace(turning, link)
