"""What a run says about itself: counts, notes for people, and the record that a replay needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime

from features.facts import check_fresh, unheard
from serving.ports import Note, Publication, SchoolCount
from serving.scoring import words
from serving.scoring.identity import list_id
from serving.scoring.rules import plain
from serving.services.order import Order, version
from serving.services.today import Season
from training.bundle.manifest import SHADOW

#: Stands where nothing has been published yet.
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def drafted(
    order: Order, schools: Sequence[SchoolCount], counts: Mapping[str, int], season: Season
) -> Publication:
    """The publication of a run that has been drawn; not yet published."""
    return Publication(
        list_id=list_id(order.digest),
        area=order.facts.batch.area,
        week=order.week,
        as_of=order.as_of,
        model_name=order.model.name,
        model_version=order.model.version,
        model_kind=order.model.kind,
        run_digest=order.digest,
        extract_digest=order.facts.digest,
        bundle_digest=order.model.bundle.digest,
        code_digest=order.code,
        folder=order.folder,
        retrospective=order.retrospective,
        synthetic=order.facts.batch.synthetic,
        published_at=_NEVER,
        schools=tuple(schools),
        notes=tuple(notes(order, season, counts)),
        counts=counts,
    )


def notes(order: Order, season: Season, counts: Mapping[str, int]) -> list[Note]:
    """What people must know about this run, and what to do next."""
    said = order.model.manifest
    found = []
    if order.facts.batch.synthetic:
        found.append(words.SYNTHETIC)
    if order.model.kind == "rule" or said.notice_zh:
        zh = said.notice_zh or "模型未通过检验，本名单按出勤规则生成。"
        en = said.notice_en or "No model has passed its gates; this list follows the rule."
        found.append(Note("rule" if order.model.kind == "rule" else "model", zh, en))
    if order.model.name.endswith(SHADOW):
        found.append(words.SHADOW)
    if order.retrospective:
        found.append(words.RETROSPECTIVE)
    missed = unheard(order.facts, order.as_of)
    stale = check_fresh(order.facts.batch, order.as_of, unheard=missed)
    if stale is not None:
        found.append(words.stale_extract(stale))
    if counts["pupils"] == 0:
        return [*found, words.EMPTY]
    if order.facts.calendar_estimated:
        found.append(words.CALENDAR_ESTIMATED)
    if not season.in_term:
        found.append(words.HOLIDAY)
    elif counts["cohort"] and counts["no_data"] == counts["cohort"]:
        found.append(words.NO_ATTENDANCE)
    elif season.first_weeks:
        found.append(words.TERM_START)
    if not order.facts.batch.alerts:
        found.append(words.NO_ALERTS)
    return found


def manifest(publication: Publication, order: Order, *, follows: Sequence[str] = ()) -> str:
    """The run about itself, without a moment or a machine in it: canonical JSON.

    With the extracts, the bundle and the program it names, it is all that a replay needs.
    """
    said = asdict(publication)
    for name in ("published_at", "published_by", "reason", "superseded_at"):
        del said[name]
    bundle = order.model.manifest
    said["as_of"] = publication.as_of.isoformat()
    said["model_found"] = order.model.found
    said["extracts"] = list(order.facts.extracts)
    said["base_rate"] = bundle.base_rate
    said["horizon_weeks"] = bundle.horizon_weeks
    said["outcome"] = list(bundle.outcome or order.facts.batch.outcome)
    said["trained_until"] = bundle.trained_until
    said["calendar_estimated"] = order.facts.calendar_estimated
    said["follows"] = list(follows)
    said["program"] = version()
    said["fingerprint"] = order.catalogue.fingerprint
    said["settings"] = dict(order.settings)
    said["duties"] = plain(order.duties)
    return json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def read_manifest(text: str) -> Publication:
    """The publication that ``manifest`` wrote; not yet published."""
    said = json.loads(text)
    known = {k: v for k, v in said.items() if k in Publication.__dataclass_fields__}
    known["as_of"] = date.fromisoformat(known["as_of"])
    known["schools"] = tuple(SchoolCount(**s) for s in known["schools"])
    known["notes"] = tuple(Note(**n) for n in known["notes"])
    return Publication(**known, published_at=_NEVER)
