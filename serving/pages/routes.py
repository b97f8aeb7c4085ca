"""The pages' routes: ask ``web.seen``, build a context, render. Nothing is decided here."""

from __future__ import annotations

import secrets
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from features.refusal import Refusal
from serving.pages import build, docs, words
from serving.pages.contexts import (
    AuditTrail,
    Docs,
    Failed,
    Frame,
    Home,
    Line,
    Login,
    Models,
    SchoolToday,
    age_in_days,
)
from serving.pages.render import page
from serving.permissions import Actor, Right
from serving.web import seen
from serving.web.doors import COOKIE, doors_of
from serving.web.guard import Anyone, May, check_form_token, form_token, session_token
from serving.web.language import language
from serving.web.problem import status_of

routes = APIRouter(include_in_schema=False)
#: Before a login there is no session: the form's token is tied to this cookie instead.
LOGIN_COOKIE = "baoxue_login"
#: The home page opens the list of at most so many schools.
SCHOOLS_ON_HOME = 5
AUDIT_LINES = 200
Text = Annotated[str, Form(max_length=256)]


def frame_of(request: Request, actor: Actor | None) -> Frame:
    """The frame of a page for ``actor``."""
    doors, token = doors_of(request), session_token(request)[0]
    return Frame(
        lang=language(request),
        path=request.url.path,
        now=doors.clock(),
        actor=actor,
        form_token=form_token(token) if actor else "",
        demo=doors.demo,
    )


def error_page(request: Request, status: int, detail: str) -> Response:
    """A refusal as a page; nobody logged in is sent to the login."""
    if status == 401 and request.method == "GET":
        return RedirectResponse(f"/login?going={_path(request.url.path)}", 303)
    if status == 422 and request.url.path == "/login":
        said = {"zh": "请填写用户名和密码。", "en": "Give a user name and a password."}
        return _login_page(request, going="/", said=said[language(request)], status=status)
    return page(Failed(status, detail), frame_of(request, None), status=status)


@routes.get("/login")
def login_form(
    request: Request, _: Annotated[None, Depends(Anyone())], going: str = "/"
) -> HTMLResponse:
    """The login page."""
    return _login_page(request, going=going)


@routes.post("/login")
async def login(
    request: Request,
    _: Annotated[None, Depends(Anyone())],
    name: Text,
    password: Text,
    going: Text = "/",
) -> Response:
    """Open a session; the old one, if any, is ended (a token never outlives a login)."""
    kept = request.cookies.get(LOGIN_COOKIE, "")
    await check_form_token(request, form_token(kept) if kept else secrets.token_hex())
    return await run_in_threadpool(_log_in, request, name, password, going)


def _log_in(request: Request, name: str, password: str, going: str) -> Response:
    doors = doors_of(request)
    try:
        account = doors.accounts.check(name, password, demo=doors.demo)
        token = doors.sessions.open(account.name, account.proof)
    except Refusal as refusal:
        said = refusal.say(language(request))
        return _login_page(request, going=going, said=said, status=status_of(refusal))
    doors.sessions.close(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse(_path(going), 303)
    _set(answer, request, COOKIE, token)
    answer.delete_cookie(LOGIN_COOKIE)
    return answer


@routes.post("/logout")
def logout(request: Request, _: Annotated[Actor, Depends(May(Right.ENTER))]) -> Response:
    """End the session at once."""
    doors_of(request).sessions.close(session_token(request)[0])
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


@routes.get("/")
def home(request: Request, actor: Annotated[Actor, Depends(May(Right.ENTER))]) -> HTMLResponse:
    """What do I do today."""
    doors = doors_of(request)
    head, schools = seen.schools(doors, actor)
    today = words.today(doors.clock())
    work: list[SchoolToday] = []
    if actor.scope.can(Right.SEE_ALERTS):
        for one in schools[:SCHOOLS_ON_HOME]:
            week = seen.week(doors, actor, one.school_id, action="home")
            work.append(build.school_today(one, week, actor.scope, today=today))
    audit = actor.scope.can(Right.SEE_AUDIT)
    context = Home(
        head=head,
        schools=tuple(schools),
        today=tuple(work),
        models=tuple(doors.models.cards())
        if not work and actor.scope.can(Right.SEE_MODELS)
        else (),
        audit_problems=tuple(doors.audit.problems()) if audit else None,
        age=age_in_days(head.as_of, today) if head else 0,
    )
    return page(context, frame_of(request, actor))


@routes.get("/schools/{school_id}")
def school(
    request: Request,
    school_id: str,
    actor: Annotated[Actor, Depends(May(Right.SEE_ALERTS))],
    week: Annotated[str | None, Query(pattern=r"^\d{4}-W\d{2}$")] = None,
    band: Annotated[str, Query(max_length=16)] = "",
) -> HTMLResponse:
    """A school's week."""
    doors = doors_of(request)
    found = seen.week(doors, actor, school_id, week=week)
    today = words.today(doors.clock())
    context = build.school(found, actor.scope, today=today, band=band)
    return page(context, frame_of(request, actor))


@routes.get("/pupils/{pupil_id}")
def pupil(
    request: Request,
    pupil_id: str,
    actor: Annotated[Actor, Depends(May(Right.SEE_PUPIL))],
    week: Annotated[str | None, Query(pattern=r"^\d{4}-W\d{2}$")] = None,
) -> HTMLResponse:
    """A pupil, masked."""
    found = seen.page(doors_of(request), actor, pupil_id, week=week)
    return page(build.pupil(found, actor.scope), frame_of(request, actor))


@routes.post("/pupils/{pupil_id}/reveal")
def reveal(
    request: Request,
    pupil_id: str,
    actor: Annotated[Actor, Depends(May(Right.REVEAL))],
    reason: Text = "",
) -> HTMLResponse:
    """The same page with the full name and number, once; the reason is logged."""
    doors = doors_of(request)
    if reason not in words.REVEAL_REASONS:
        found = seen.page(doors, actor, pupil_id)
        said = {"zh": "请选择事由后再显示。", "en": "Choose a reason first."}[language(request)]
        context = build.pupil(found, actor.scope, said=said)
        return page(context, frame_of(request, actor), status=422)
    found, whole = seen.reveal(doors, actor, pupil_id, reason)
    return page(build.pupil(found, actor.scope, revealed=whole), frame_of(request, actor))


@routes.get("/models")
def models(
    request: Request, actor: Annotated[Actor, Depends(May(Right.SEE_MODELS))]
) -> HTMLResponse:
    """The models that serve."""
    return page(Models(tuple(doors_of(request).models.cards())), frame_of(request, actor))


@routes.get("/health")
def health(
    request: Request, actor: Annotated[Actor, Depends(May(Right.SEE_HEALTH))]
) -> HTMLResponse:
    """Whether feeds, lists and estimates are sound; no pupil is named."""
    doors = doors_of(request)
    found = seen.health(doors, actor)
    return page(build.health(found, today=words.today(doors.clock())), frame_of(request, actor))


@routes.get("/audit")
def audit(request: Request, actor: Annotated[Actor, Depends(May(Right.SEE_AUDIT))]) -> HTMLResponse:
    """The newest audit entries, and whether the chain holds."""
    kept = doors_of(request).audit
    lines = [
        Line(number, at, entry.actor, entry.role, entry.action, entry.subject)
        for number, at, entry in kept.tail(AUDIT_LINES)
    ]
    return page(AuditTrail(tuple(lines), tuple(kept.problems())), frame_of(request, actor))


@routes.get("/docs")
def api_docs(request: Request, actor: Annotated[Actor, Depends(May(Right.ENTER))]) -> HTMLResponse:
    """The API, read from its own OpenAPI."""
    return page(Docs(docs.operations(request.app.openapi())), frame_of(request, actor))


def _login_page(request: Request, *, going: str, said: str = "", status: int = 200) -> HTMLResponse:
    doors = doors_of(request)
    kept = request.cookies.get(LOGIN_COOKIE) or secrets.token_urlsafe(16)
    frame = Frame(language(request), "/login", doors.clock(), None, form_token(kept), doors.demo)
    logins = tuple(doors.demo_logins()) if doors.demo else ()
    answer = page(Login(logins, said, _path(going)), frame, status=status)
    _set(answer, request, LOGIN_COOKIE, kept)
    return answer


def _set(answer: Response, request: Request, name: str, value: str) -> None:
    secure = request.url.scheme == "https"
    # lax, so that a link in a message opens the page; forms carry their own token
    answer.set_cookie(name, value, httponly=True, samesite="lax", secure=secure)


def _path(going: str) -> str:
    """A path of this site, or the first page: an address elsewhere is never gone to."""
    parts = urlsplit(going)
    own = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    plain = own and not parts.path.startswith("//") and "\\" not in parts.path
    return parts.path if plain and parts.path.isprintable() else "/"
