"""A pupil's page as one file: the served page, its style inside, without navigation and links."""

from __future__ import annotations

import getpass
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from serving.pages import build, render
from serving.pages.contexts import Frame
from serving.permissions import Actor, Role, Scope
from serving.services.views import PupilPage

STYLE = Path(build.__file__).parent / "static" / "baoxue.css"
#: What only makes sense where the page is served.
_SERVED = (
    re.compile(r'<link rel="icon"[^>]*>'),
    re.compile(r'<header class="top">.*?</header>', re.DOTALL),
    re.compile(r'<p class="crumbs">.*?</p>', re.DOTALL),
    re.compile(r'<a class="skip".*?</a>', re.DOTALL),
)
_LINK = re.compile(r'<a [^>]*href="/[^>]*>(.*?)</a>', re.DOTALL)
_SHEET = re.compile(r'<link rel="stylesheet"[^>]*>')


def page_html(page: PupilPage, lang: Literal["zh", "en"], *, now: datetime) -> bytes:
    """The page of a counselor of the pupil's school; masked or not as ``page`` is."""
    school = page.explanation.pupil.school_id
    scope = Scope(Role.COUNSELOR, frozenset({school}), frozenset())
    context = build.pupil(page, scope)
    frame = Frame(lang=lang, path="/", now=now, actor=Actor(getpass.getuser(), scope))
    return standalone(replace(context, may_reveal=False), frame)


def standalone(context: object, frame: Frame) -> bytes:
    """Any page as one file."""
    html = bytes(render.page(context, frame).body).decode()
    for served in _SERVED:
        html = served.sub("", html)
    style = STYLE.read_text(encoding="utf-8")
    html = _SHEET.sub(lambda _: f"<style>{style}</style>", html)
    return _LINK.sub(r"\1", html).encode()
