"""A context and its frame made into an HTML answer: one environment, words chosen by language."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from serving.pages import words
from serving.pages.contexts import Frame
from serving.permissions import Right
from serving.scoring.health.finding import SEVERITY_EN, SEVERITY_ZH
from serving.services.views import (
    BANDS_EN,
    BANDS_ZH,
    CHANGES_EN,
    CHANGES_ZH,
    DISCLAIMERS_EN,
    DISCLAIMERS_ZH,
    FROM_EN,
    FROM_ZH,
    WHY_BESIDE_EN,
    WHY_BESIDE_ZH,
    AlertView,
    PupilWeek,
    class_label,
)
from serving.web.language import COOKIE

TEMPLATES = Path(__file__).parent / "templates"
#: The number of a verdict: 约28名, 约2.9名, 不到1名; about 28, fewer than 1.
_NUMBER = re.compile(r"(?P<number>(?<=约)[\d.]*\d|(?<=about )[\d.]*\d|不到1|fewer than 1)")
#: From a context's class name to its template.
TEMPLATE_OF = {
    "Login": "login.html",
    "Failed": "error.html",
    "Home": "home.html",
    "School": "school.html",
    "Pupil": "pupil.html",
    "Models": "models.html",
    "AuditTrail": "audit.html",
    "Health": "health.html",
    "Docs": "docs.html",
}


@cache
def environment() -> Environment:
    """The environment: everything escaped, a name that is not there is an error."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(context: object, frame: Frame, *, status: int = 200) -> HTMLResponse:
    """The page of ``context`` in the frame's language; remembers a language asked for."""
    template = environment().get_template(TEMPLATE_OF[type(context).__name__])
    html = template.render(page=context, frame=frame, **_words(frame))
    answer = HTMLResponse(html, status)
    answer.headers["Content-Language"] = "en" if frame.lang == "en" else "zh-CN"
    answer.set_cookie(COOKIE, frame.lang, max_age=31536000, httponly=True, samesite="strict")
    return answer


def _words(frame: Frame) -> dict[str, Callable[..., Any] | Any]:
    english = frame.lang == "en"

    def t(zh: str, en: str) -> str:
        return en if english else zh

    def pick(thing: object, stem: str) -> str:
        name = f"{stem}_{frame.lang}" if stem else frame.lang
        return str(getattr(thing, name))

    def responsible(alert: AlertView) -> str:
        if not english:
            return alert.responsible_zh
        return words.RESPONSIBLE_EN.get(alert.responsible, alert.responsible.replace("_", " "))

    def class_word(row: PupilWeek) -> str:
        return t(*class_label(row.grade, row.class_id, row.class_name))

    def can(right: str) -> bool:
        return frame.actor is not None and frame.actor.scope.can(Right(right))

    return {
        "t": t,
        "pick": pick,
        "can": can,
        "responsible": responsible,
        "class_word": class_word,
        "say": lambda code: (DISCLAIMERS_EN if english else DISCLAIMERS_ZH)[code],
        "band_word": lambda band: (BANDS_EN if english else BANDS_ZH)[band],
        "change_word": lambda change: (CHANGES_EN if english else CHANGES_ZH)[change],
        "from_word": lambda source: (FROM_EN if english else FROM_ZH)[source],
        "why_beside": t(WHY_BESIDE_ZH, WHY_BESIDE_EN),
        "severity_word": lambda code: (SEVERITY_EN if english else SEVERITY_ZH)[code],
        "basis": lambda word: words.basis(word, frame.lang),
        "role": lambda name: words.role(name, frame.lang),
        "day": lambda value: words.day(value, frame.lang, near=words.today(frame.now)),
        "overdue": lambda due: due is not None and due < words.today(frame.now),
        "action_word": lambda code: words.coded(words.ACTIONS, code, frame.lang),
        "kind_word": lambda code: words.coded(words.KINDS, code, frame.lang),
        "check_word": lambda code: words.coded(words.CHECKS, code, frame.lang),
        "checks": words.checks,
        "number": words.number,
        "moment": words.moment,
        "cell": lambda count: t("少于5", "below 5") if count is None else count,
        "emphasised": _emphasised,
        "signed": signed,
        "reveal_reasons": tuple(words.REVEAL_REASONS.items()),
    }


def signed(value: float, digits: int) -> str:
    """+1.62, −0.41: a true minus sign, as wide as the plus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def _emphasised(sentence: str, number: int | None) -> Markup:
    """The verdict with its (first) number made large; the rest is text, escaped."""
    found = _NUMBER.search(sentence)
    if number is None or found is None:
        return escape(sentence)
    strong = Markup("<strong>{}</strong>").format(found["number"])
    return (
        escape(sentence[: found.start("number")]) + strong + escape(sentence[found.end("number") :])
    )
