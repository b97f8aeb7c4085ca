"""What was trained goes to the registry, and if asked and allowed to serving: bundle, alias, words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from features.refusal import Refusal
from training import tracking
from training.answers import answers, failed, line
from training.bundle import Bundle
from training.bundle.registry import champion, current
from training.material import Trained
from training.promote import in_use
from training.promote import promote as make_champion
from training.promote import rollback as go_back
from training.rows import Say
from training.shadow import shadow_weeks, words
from training.standing import standing
from training.standing import words as standing_words

SAMPLE = 500


def publish(
    trained: Trained, home: Path, *, promote: bool, say: Say, without_shadow: str = ""
) -> dict[str, Any]:
    """Register the challenger; with ``promote`` make champion what passed: it, or else the rule.

    Where it would take another model's place without its shadow weeks it stays the challenger. Where
    it did not pass, a model that serves goes on serving while it stands (``standing``).
    """
    sample = tracking.sample_of(trained.sample, SAMPLE, trained.challenger.manifest.seed)
    done = tracking.register(trained.challenger, trained, sample, home=home)
    name = trained.challenger.manifest.name
    tracking.set_alias(home, name, alias="challenger", version=done.version)
    _say_registered(trained.challenger, done, say)
    told: dict[str, Any] = {
        "name": name,
        "version": done.version,
        "kind": trained.challenger.kind,
        "digest": trained.challenger.digest,
        "new": done.new,
        "checks": dict(trained.challenger.manifest.checks),
        "counts": dict(trained.challenger.manifest.counts),
        "champion": None,
    }
    _say_gates(trained, say)
    if promote:
        told["champion"] = _promote(
            trained, home, version=done.version, say=say, without_shadow=without_shadow
        )
    return told


def _promote(trained: Trained, home: Path, *, version: int, say: Say, without_shadow: str) -> int:
    """Crown what may serve; returns the version that serves now."""
    serving = trained.serving
    if serving is not trained.challenger:
        version = tracking.register(serving, trained, trained.sample.head(5), home=home).version
    name = serving.manifest.name
    if serving.kind == "rule":
        kept = _kept(trained, home, rule=version, say=say)
        if kept is not None:
            return kept
    return crown(home, name, version, say=say, without_shadow=without_shadow)


def _kept(trained: Trained, home: Path, *, rule: int, say: Say) -> int | None:
    """The version of the model that goes on serving though this one may not; None where none does."""
    name = trained.rule.manifest.name
    try:
        now = current(home, name)
        if now is None or now.kind != "model":
            return None
        stands = standing(champion(home, name), trained)
    except Refusal:
        return None  # what cannot be read serves nobody
    if stands is None:
        return None
    _say_refused(trained, say)
    say(*standing_words(stands, name=name, version=now.version, rule=rule))
    return now.version if stands.keeps else None


def _say_refused(trained: Trained, say: Say) -> None:
    closed = (
        failed(trained.challenger.manifest.checks) if trained.challenger.kind == "model" else []
    )
    if not closed:
        say("这次没有训练出模型。", "No model came of this training.")
        return
    zh = "；".join(f"{one['title_zh']}：{one['zh'].rstrip('。')}" for one in closed)
    en = " ".join(f"{one['title_en']}: {one['en']}" for one in closed)
    say(
        f"新训练的模型未通过{len(closed)}道检验，不投入使用。{zh}。",
        f"The new model did not pass {len(closed)} of the gates and is not used. {en}",
    )


def crown(home: Path, name: str, version: int, *, say: Say, without_shadow: str = "") -> int:
    """Promote a registered version and mirror it in the registry."""
    served = in_use(home, name)
    beside = shadow_weeks(home, name, version)
    bundle = make_champion(home, name, version, without_shadow=without_shadow)
    if beside and (served is None or served.version != version):
        say(*words(beside))
    tracking.set_alias(home, name, alias="champion", version=version)
    _say_serving(bundle, version, say)
    return version


def uncrown(home: Path, name: str, *, say: Say) -> int:
    """Put the champion before this one back and mirror it in the registry."""
    bundle, version = go_back(home, name)
    tracking.set_alias(home, name, alias="champion", version=version)
    _say_serving(bundle, version, say)
    return version


def _say_registered(bundle: Bundle, done: tracking.Registered, say: Say) -> None:
    name, number = bundle.manifest.name, done.version
    if done.new:
        say(f"已登记 {name} 第 {number} 版。", f"Registered {name} version {number}.")
    else:
        say(
            f"与 {name} 第 {number} 版完全相同，未重复登记。",
            f"The same as {name} version {number}; not registered again.",
        )


def _say_gates(trained: Trained, say: Say) -> None:
    checks = trained.challenger.manifest.checks
    for one in answers(checks) if "gate" in checks else ():
        say(*line(one))


def _say_serving(bundle: Bundle, version: int, say: Say) -> None:
    kind = ("模型", "the model") if bundle.kind == "model" else ("出勤规则", "the attendance rule")
    name, notice = bundle.manifest.name, bundle.manifest
    say(
        f"现在使用 {name} 第 {version} 版（{kind[0]}）。{notice.notice_zh}",
        f"{name} version {version} ({kind[1]}) is now in use. {notice.notice_en}".rstrip(),
    )
