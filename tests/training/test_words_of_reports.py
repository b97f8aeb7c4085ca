"""What reports, cards, gates, pictures and explanations say: correlations, no accusation, no label, no rank."""

from __future__ import annotations

import json
from functools import cache

import polars as pl
import pytest

from tests.features.test_every_indicator import FORBIDDEN
from tests.training.factories import trained
from training import figures, gates, metrics
from training.answers import answers, line
from training.bundle.format import CARD, REPORT
from training.bundle.reasons import family_word
from training.evaluate.page import page
from training.explanation import pictures, since, what_if
from training.explanation.whatif import movable
from training.groups import ALL

#: "rank" may be said of a correlation and of a model, never of a pupil: no page about a pupil is read here.
NEVER = tuple(word for word in FORBIDDEN if word != "rank")


@cache
def _texts() -> dict[str, str]:
    """Everything that training says to people, by where it is said."""
    made = trained()
    bundle, rows = made.challenger, made.sample.head(60)
    told = json.loads(bundle.files[REPORT]) | {"synthetic": True, "retrospective": True}
    now, before = rows, rows.with_columns(absence_2w=pl.lit(0.0), unexplained_run=pl.lit(0.0))
    moved = [since(bundle, a, b, lang=lang)["sentence"].to_list()
             for lang in ("zh", "en") for a, b in ((now, before), (before, now), (now, now.head(0)))]  # fmt: skip
    return {
        "report": page(told),
        "cards": "\n".join(b.files[CARD] for b in (bundle, made.rule, *made.baselines.values())),
        "gates": "\n".join(f"{g.zh} {g.en}" for g in gates.load().values()),
        "answers": "\n".join("\n".join(line(one)) for one in answers(told)),
        "metrics": "\n".join(f"{m.zh} {m.en}" for m in metrics.load().values()),
        "groups": "\n".join(f"{g.zh} {g.en} {g.rest_zh} {g.rest_en}" for g in ALL.values()),
        "families": "\n".join(family_word(c.family, "zh") for c in movable(bundle)),
        "pictures": "\n".join(" ".join(two) for two in (*pictures._WORDS.values(), *figures._WORDS.values())),
        "since": "\n".join(one for many in moved for one in many),
        "what if": "\n".join(what_if(bundle, rows.head(1), rows)["label"].to_list()),
        "notices": f"{made.rule.manifest.notice_zh}\n{made.rule.manifest.notice_en}",
    }  # fmt: skip


@pytest.mark.parametrize("where", sorted(_texts()))
def test_no_text_judges_or_says_why(where: str) -> None:
    """None of the forbidden words stands in what is said there, and something is said."""
    text = _texts()[where]
    assert text.strip()
    assert [word for word in NEVER if word in text] == []


def test_the_list_would_be_noticed() -> None:
    """A law that cannot fail is none: a sentence with a forbidden word is found."""
    assert [word for word in NEVER if word in "缺勤导致辍学"] == ["导致"]
