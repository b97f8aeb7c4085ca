"""Gates, and the champion's folder: what serves is changed in one step or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from features.refusal import Refusal
from training import shadow
from training.answers import failed
from training.bundle import Bundle
from training.bundle.format import Spoiled
from training.bundle.registry import (
    VERSION,
    Champion,
    bundle_folder,
    champion,
    champion_folder,
    current,
    names,
    no_model,
    registered,
)


def check_gates(bundle: Bundle) -> None:
    """Refuse a model that did not pass its recorded gates; a rule needs none."""
    if bundle.kind == "rule":
        return
    closed = failed(bundle.manifest.checks)
    if closed:
        zh = "".join(f"\n- {one['title_zh']}：{one['zh']}" for one in closed)
        en = "".join(f"\n- {one['title_en']}: {one['en']}" for one in closed)
        raise Refusal(
            f"未发布：模型未通过{len(closed)}道检验。{zh}\n下一步：改正后重新训练（见手册“检验”一页）；"
            "也可发布出勤规则的版本（baoxue models 列出各版本的编号和种类）。",
            f"Not promoted: the model did not pass {len(closed)} of the gates.{en}\nNext: mend what is named"
            " and train again (handbook: gates), or promote a version of the rule (`baoxue models` lists"
            " numbers and kinds).",
        )


def promote(home: Path, name: str, version: int, *, without_shadow: str = "") -> Bundle:
    """Make a registered version the champion if its gates allow it; returns its bundle.

    The version before it is remembered for ``rollback``. Raises Refusal where there is no such
    version, where its files do not match their checksums, where a gate was not passed, or where it
    would take another model's place without its shadow weeks (``without_shadow``: the reason why
    nobody waits, kept with the champion).
    """
    bundle = registered(home, name, version)
    check_gates(bundle)
    now = in_use(home, name)
    if now is not None and now.version == version:
        if not _intact(home, now):
            _publish(home, bundle, replace(now, kind=bundle.kind, digest=bundle.digest))
    else:
        if now is not None and now.kind == bundle.kind == "model" and not without_shadow:
            shadow.check(shadow.shadow_weeks(home, name, version), name, version)
        before = () if now is None else (*now.before, now.version)
        back = () if now is None else tuple(v for v in now.taken_back if v != version)
        _publish(
            home,
            bundle,
            Champion(name, version, bundle.kind, bundle.digest, before, without_shadow, back),
        )
    _restore(home, bundle, version=version)
    return bundle


def rollback(home: Path, name: str) -> tuple[Bundle, int]:
    """Put the version before the champion back; returns its bundle and number.

    Gates are not asked again: it served before. What it takes the place of is kept as taken back. Raises
    Refusal where there is none, and where there is no model of that name.
    """
    if name not in names(home):
        raise no_model(home, name)
    now = current(home, name)
    if now is None or not now.before:
        raise Refusal(
            "没有可以回退的上一版本。可用 baoxue promote 版本号 投入使用其他版本；登记过的版本见 baoxue"
            " models。",
            "There is no earlier champion to go back to. Promote another (`baoxue promote VERSION`); for what"
            " is registered: `baoxue models`.",
        )
    *before, version = now.before
    bundle = registered(home, name, version)
    back = tuple(v for v in (*now.taken_back, now.version) if v != version)
    _publish(
        home,
        bundle,
        Champion(
            name,
            version,
            bundle.kind,
            bundle.digest,
            tuple(before),
            taken_back=tuple(dict.fromkeys(back)),
        ),
    )
    _restore(home, bundle, version=version)
    return bundle, version


def in_use(home: Path, name: str) -> Champion | None:
    """Which version serves; None too where what was written of it cannot be read any more."""
    try:
        return current(home, name)
    except Spoiled:
        return None


def _intact(home: Path, now: Champion) -> bool:
    """Whether what serves can be loaded, and is what was promoted."""
    try:
        return champion(home, now.name).digest == now.digest
    except Refusal:
        return False


def _restore(home: Path, bundle: Bundle, *, version: int) -> None:
    """Mend a registered folder that is damaged from the copy that served."""
    folder = bundle_folder(home, bundle.manifest.name, version)
    try:
        Bundle.load(folder)
    except Spoiled:
        bundle.write(folder)


def _publish(home: Path, bundle: Bundle, said: Champion) -> None:
    """Write a complete folder beside the others, then turn the link to it by one rename."""
    link = champion_folder(home, said.name)
    kept = link.parent / f".{said.name}"
    kept.mkdir(parents=True, exist_ok=True)
    target = _written(kept, bundle, said)
    turning = link.parent / f".{said.name}.link.{os.getpid()}"
    turning.unlink(missing_ok=True)
    turning.symlink_to(Path(kept.name) / target.name)
    os.replace(turning, link)


def _written(kept: Path, bundle: Bundle, said: Champion) -> Path:
    """The folder that holds just this: one that is there and sound, or a new one."""
    text = said.to_json()
    # named by all it holds and never rewritten: somebody may still be reading it
    stem = f"{said.version}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    target, again = kept / stem, 1
    while target.is_dir():
        if _holds(target, text, bundle.digest):
            return target
        again += 1
        target = kept / f"{stem}-{again}"
    fresh = Path(tempfile.mkdtemp(dir=kept, prefix=".new-"))
    fresh.chmod(0o755)  # mkdtemp is for its maker alone; serving may be another user
    bundle.write(fresh)
    (fresh / VERSION).write_text(text, encoding="utf-8")
    os.replace(fresh, target)
    return target


def _holds(folder: Path, text: str, digest: str) -> bool:
    """Whether a folder written before is still what it was."""
    try:
        written = (folder / VERSION).read_text(encoding="utf-8")
        return written == text and Bundle.load(folder).digest == digest
    except (Refusal, OSError, UnicodeDecodeError):
        return False
