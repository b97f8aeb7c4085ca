"""The API's routes: ask ``web.seen``, say it in the schemas. Nothing is decided here."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from serving.accounts import ABSOLUTE, IDLE
from serving.api import schemas
from serving.api.front import pupil_ready, school_ready
from serving.api.paging import Slice, page_of
from serving.permissions import Actor, Right
from serving.services.alert_files import of_week
from serving.services.views import SchoolWeek
from serving.web import seen
from serving.web.answers import answer, attachment
from serving.web.doors import doors_of
from serving.web.guard import Anyone, May, session_token

routes = APIRouter(
    prefix="/v1",
    responses={
        code: {"model": schemas.Problem, "description": said}
        for code, said in {
            401: "not logged in",
            403: "not allowed",
            404: "not there, or outside your scope",
            409: "cannot be answered as things stand",
            422: "does not fit the contract",
            503: "viewing could not be logged",
        }.items()
    },
)
health = APIRouter()
Week = Annotated[str | None, Query(pattern=r"^\d{4}-W\d{2}$", description="ISO week, 2026-W47")]
Place = Annotated[Slice, Depends()]
Form = Annotated[Literal["json", "csv", "xlsx"] | None, Query(alias="format")]
Alerting = Annotated[Actor, Depends(May(Right.SEE_ALERTS))]
Estimating = Annotated[Actor, Depends(May(Right.SEE_ESTIMATE))]


@routes.post("/login", response_model=schemas.Token)
def login(
    request: Request, said: schemas.Credentials, _: Annotated[None, Depends(Anyone())]
) -> Response:
    """Name and password for a bearer token."""
    doors = doors_of(request)
    account = doors.accounts.check(said.name, said.password, demo=doors.demo)
    token = schemas.Token(
        token=doors.sessions.open(account.name, account.proof),
        idle_seconds=int(IDLE.total_seconds()),
        absolute_seconds=int(ABSOLUTE.total_seconds()),
    )
    return answer(request, token)


@routes.post("/logout", status_code=204)
def logout(request: Request, _: Annotated[Actor, Depends(May(Right.ENTER))]) -> Response:
    """End the session at once."""
    doors_of(request).sessions.close(session_token(request)[0])
    return Response(status_code=204)


@routes.get("/schools", response_model=schemas.Schools)
def schools(
    request: Request,
    actor: Annotated[Actor, Depends(May(Right.SEE_SCHOOLS))],
    place: Place,
) -> Response:
    """The schools in scope with their counts; small cells are null."""
    head, every = seen.schools(doors_of(request), actor)
    list_id = head.list_id if head else ""
    some, more = page_of(every, place=place, list_id=list_id)
    said = schemas.Schools(
        head=schemas.Head.of(head) if head else None,
        schools=[schemas.School.of(one) for one in some],
        next=more,
    )
    return answer(request, said)


def _list(found: SchoolWeek, place: Slice) -> schemas.RiskList:
    some, more = page_of(found.rows, place=place, list_id=found.head.list_id)
    return schemas.RiskList(
        head=schemas.Head.of(found.head),
        school=found.school.school_id,
        rows=[schemas.Row.of(row) for row in some],
        left=[schemas.Row.of(row) for row in found.left] if more is None else [],
        next=more,
    )


def _alerts(found: SchoolWeek, place: Slice) -> schemas.Alerts:
    some, more = page_of(of_week(found), place=place, list_id=found.head.list_id)
    return schemas.Alerts(
        head=schemas.Head.of(found.head),
        school=found.school.school_id,
        alerts=[schemas.Alert.of(one) for one in some],
        next=more,
    )


@routes.get(
    "/schools/{school_id}/risk-list",
    response_model=schemas.RiskList,
    responses={200: {"content": {"text/csv": {}, attachment.XLSX: {}}}},
)
@school_ready("list", lambda found: _list(found, Slice(None, 100)))
def risk_list(  # noqa: PLR0913 - each argument is one of the route's
    request: Request,
    school_id: str,
    actor: Estimating,
    place: Place,
    *,
    week: Week = None,
    form: Form = None,
) -> Response:
    """A school's list of a week: JSON in pages, or the whole as CSV or XLSX."""
    doors = doors_of(request)
    form = form or attachment.asked_for(request)
    action = "list" if form == "json" else "export"
    found = seen.week(doors, actor, school_id, week=week, action=action)
    if form == "csv":
        return attachment.csv(request, doors.exports.csv(found), _name(found))
    if form == "xlsx":
        return attachment.xlsx(request, doors.exports.xlsx(found), _name(found))
    return answer(request, _list(found, place))


@routes.get(
    "/schools/{school_id}/alerts",
    response_model=schemas.Alerts,
    responses={200: {"content": {"text/csv": {}, attachment.XLSX: {}}}},
)
@school_ready("alerts", lambda found: _alerts(found, Slice(None, 100)))
def alerts(  # noqa: PLR0913 - each argument is one of the route's
    request: Request,
    school_id: str,
    actor: Alerting,
    place: Place,
    *,
    week: Week = None,
    form: Form = None,
) -> Response:
    """A school's duty alerts (of classes, of listed pupils, today's tasks): JSON in pages, or a file."""
    doors = doors_of(request)
    form = form or attachment.asked_for(request)
    action = "alerts" if form == "json" else "export"
    found = seen.week(doors, actor, school_id, week=week, action=action)
    if form == "csv":
        return attachment.csv(request, doors.exports.alerts_csv(found), _name(found, "alerts"))
    if form == "xlsx":
        return attachment.xlsx(request, doors.exports.alerts_xlsx(found), _name(found, "alerts"))
    return answer(request, _alerts(found, place))


@routes.get("/pupils/{pupil_id}/risk", response_model=schemas.Risk)
@pupil_ready(schemas.Risk.of)
def risk(request: Request, pupil_id: str, actor: Estimating, week: Week = None) -> Response:
    """One pupil's estimate with interval, base rate and alerts."""
    found = seen.explanation(doors_of(request), actor, pupil_id, week=week, action="risk")
    return answer(request, schemas.Risk.of(found))


@routes.get("/pupils/{pupil_id}/explanation", response_model=schemas.Explained)
@pupil_ready(schemas.Explained.of)
def explanation(request: Request, pupil_id: str, actor: Estimating, week: Week = None) -> Response:
    """One pupil's estimate taken apart; the parts add up. Without one: alerts, and why there is none."""
    found = seen.explanation(doors_of(request), actor, pupil_id, week=week, action="explanation")
    return answer(request, schemas.Explained.of(found))


@routes.get("/pupils/{pupil_id}/history", response_model=schemas.History)
def history(request: Request, pupil_id: str, actor: Estimating) -> Response:
    """One pupil week by week."""
    found = seen.page(doors_of(request), actor, pupil_id, action="history")
    return answer(request, schemas.History.of(found))


@routes.post("/score", response_model=schemas.ScoreAnswers)
def score(
    request: Request,
    asked: schemas.ScoreQuestion,
    _: Annotated[Actor, Depends(May(Right.SCORE))],
) -> Response:
    """Rows of indicators in; probability, contributions and reasons out. No pupil is named."""
    models = doors_of(request).models
    card = models.cards()[0]
    rows = [schemas.ScoreAnswer.of(row) for row in models.score(asked.rows)]
    return answer(request, schemas.ScoreAnswers(model=f"{card.name}/{card.version}", rows=rows))


@routes.get("/models", response_model=schemas.ModelList)
def models(request: Request, _: Annotated[Actor, Depends(May(Right.SEE_MODELS))]) -> Response:
    """The models that serve."""
    cards = doors_of(request).models.cards()
    return answer(request, schemas.ModelList(models=[schemas.Model.of(c) for c in cards]))


@health.get("/livez", response_model=schemas.State)
def livez(request: Request, _: Annotated[None, Depends(Anyone())]) -> Response:
    """The process answers."""
    return _state(request, [])


@health.get("/readyz", response_model=schemas.State)
def readyz(request: Request, _: Annotated[None, Depends(Anyone())]) -> Response:
    """Database at its newest revision, champion intact; 503 and what is missing otherwise."""
    return _state(request, list(doors_of(request).unready()))


def _state(request: Request, missing: list[str]) -> Response:
    said: BaseModel = schemas.State(status="not ready" if missing else "ok", missing=missing)
    return answer(request, said, status=503 if missing else 200)


def _name(week: SchoolWeek, what: str = "") -> str:
    own = f"{week.school.name or week.school.school_id}-{week.head.week}"
    return f"{own}-{what}" if what else own
