"""In which language to answer: Chinese unless the address or the cookie asks otherwise."""

from __future__ import annotations

from typing import Literal

from fastapi import Request

COOKIE = "baoxue_lang"
Lang = Literal["zh", "en"]


def language(request: Request) -> Lang:
    """``?lang=``, then the cookie; Chinese by default."""
    asked = request.query_params.get("lang") or request.cookies.get(COOKIE)
    return "en" if asked == "en" else "zh"
