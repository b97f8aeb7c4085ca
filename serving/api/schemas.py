"""What the API says: pydantic models made from the views, names and numbers already masked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat

from serving.scoring.ask import ScoredRow
from serving.services.models import ModelCard
from serving.services.views import (
    AlertView,
    Explanation,
    Factor,
    HistoryPoint,
    ListHead,
    PupilPage,
    PupilWeek,
    ReasonView,
)
from serving.web.seen import SchoolSeen

MOST_ROWS = 1000
MOST_INDICATORS = 500


class Said(BaseModel):
    """Everything that goes out: read from dataclasses, unknown fields refused."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Asked(BaseModel):
    """Everything that comes in: fields not meant to be written cannot be."""

    model_config = ConfigDict(extra="forbid")


class Head(Said):
    """Which list an answer was made from."""

    list_id: str
    week: str
    as_of: date
    model: str
    model_kind: str
    retrospective: bool
    synthetic: bool
    published_at: datetime
    horizon_weeks: int | None

    @classmethod
    def of(cls, head: ListHead) -> Head:
        """From the view."""
        return cls(**{name: getattr(head, name) for name in cls.model_fields})


class School(Said):
    """One school's counts; null where they may not be shown or fewer than five are meant."""

    school_id: str
    name: str
    cohort: int | None
    capacity: int
    listed: int | None
    alerts: int | None
    no_data: int | None

    @classmethod
    def of(cls, school: SchoolSeen) -> School:
        """From what is seen."""
        return cls(**{name: getattr(school, name) for name in cls.model_fields})


class Schools(Said):
    """The schools in scope; ``head`` is null before the first list."""

    head: Head | None
    schools: list[School]
    next: str | None = Field(None, description="cursor of the next page")


class Reason(Said):
    """One ground (依据): a correlation, never a cause; background is never one."""

    code: str
    family: str
    sentence_zh: str
    sentence_en: str
    contribution: float
    changeable: bool

    @classmethod
    def of(cls, reason: ReasonView) -> Reason:
        """From the view."""
        return cls(
            code=reason.code,
            family=reason.family,
            sentence_zh=reason.zh,
            sentence_en=reason.en,
            contribution=reason.contribution,
            changeable=reason.changeable,
        )


class Alert(Said):
    """One duty alert (必查提醒) with its basis."""

    code: str
    label_zh: str
    label_en: str
    sentence_zh: str
    sentence_en: str
    basis: str
    reference: str
    since: date | None
    due_on: date | None
    responsible: str
    listed: bool
    class_id: str
    pupil_id: str
    student_id: str
    name: str

    @classmethod
    def of(cls, alert: AlertView) -> Alert:
        """From the view."""
        kept = {n: getattr(alert, n) for n in cls.model_fields if not n.startswith("sentence")}
        return cls(**kept, sentence_zh=alert.zh, sentence_en=alert.en)


class Row(Said):
    """One pupil of a list. No number stands alone: reasons and interval come with it."""

    pupil_id: str
    student_id: str
    name: str
    grade: int | None
    class_id: str
    band: str
    change: str
    change_from: str
    alerts: list[Alert]
    reasons: list[Reason]
    coverage: float | None
    last_attended_on: date | None
    days_absent: int | None
    due_on: date | None
    responsible: str
    first_listed_on: date | None

    @classmethod
    def of(cls, row: PupilWeek) -> Row:
        """From the view, masked."""
        kept = {n: getattr(row, n) for n in cls.model_fields if n not in ("alerts", "reasons")}
        return cls(
            **kept,
            alerts=[Alert.of(a) for a in row.alerts],
            reasons=[Reason.of(r) for r in row.reasons],
        )


class RiskList(Said):
    """A school's week, in the order of the list; the order is no standing of children."""

    head: Head
    school: str
    rows: list[Row]
    left: list[Row]
    next: str | None = Field(None, description="cursor of the next page")


class Alerts(Said):
    """A school's duty alerts: of listed pupils, of classes, and today's tasks."""

    head: Head
    school: str
    alerts: list[Alert]
    next: str | None = Field(None, description="cursor of the next page")


class Risk(Said):
    """One pupil's estimate; null where none was made."""

    head: Head
    pupil_id: str
    band: str
    probability: float | None
    per_hundred: int | None
    interval_low: int | None
    interval_high: int | None
    base_per_hundred: float | None
    verdict_zh: str
    verdict_en: str
    change: str
    change_from: str
    coverage: float | None
    alerts: list[Alert]

    @classmethod
    def of(cls, explanation: Explanation) -> Risk:
        """From the view, masked."""
        pupil = explanation.pupil
        own = ("head", "base_per_hundred", "verdict_zh", "verdict_en", "alerts")
        kept = {n: getattr(pupil, n) for n in cls.model_fields if n not in own}
        return cls(
            **kept,
            head=Head.of(explanation.head),
            base_per_hundred=explanation.head.base_per_hundred,
            verdict_zh=explanation.verdict_zh,
            verdict_en=explanation.verdict_en,
            alerts=[Alert.of(a) for a in pupil.alerts],
        )


class Contribution(Said):
    """One indicator's part in the margin (log-odds)."""

    code: str
    family: str
    label_zh: str
    label_en: str
    value: float | None
    contribution: float
    changeable: bool
    sentence_zh: str
    sentence_en: str

    @classmethod
    def of(cls, factor: Factor) -> Contribution:
        """From the view."""
        kept = {n: getattr(factor, n) for n in cls.model_fields if not n.startswith("sentence")}
        return cls(**kept, sentence_zh=factor.zh, sentence_en=factor.en)


class Explained(Said):
    """One pupil's estimate taken apart: bias + contributions + background_contribution = margin.

    Where no estimate was made the parts are empty and the verdict says why; alerts hold all the same.
    ``since``: what moved since the list before; empty where there is none to compare with.
    """

    head: Head
    pupil_id: str
    verdict_zh: str
    verdict_en: str
    alerts: list[Alert]
    probability: float | None
    margin: float | None
    bias: float | None
    contributions: list[Contribution]
    background_contribution: float | None
    reasons: list[Reason]
    since_zh: str = ""
    since_en: str = ""
    missing_zh: list[str]
    missing_en: list[str]
    note_zh: str = "记录之间是相关关系，不是结论。"
    note_en: str = "Correlations between records, not a conclusion."

    @classmethod
    def of(cls, explanation: Explanation) -> Explained:
        """From the view; background factors are summed, never listed."""
        return cls(
            head=Head.of(explanation.head),
            pupil_id=explanation.pupil.pupil_id,
            verdict_zh=explanation.verdict_zh,
            verdict_en=explanation.verdict_en,
            alerts=[Alert.of(a) for a in explanation.pupil.alerts],
            probability=explanation.pupil.probability,
            margin=explanation.margin,
            bias=explanation.bias,
            contributions=[Contribution.of(f) for f in explanation.factors if not f.background],
            background_contribution=explanation.background,
            reasons=[Reason.of(r) for r in explanation.pupil.reasons],
            since_zh=explanation.since.zh if explanation.since else "",
            since_en=explanation.since.en if explanation.since else "",
            missing_zh=[gap.zh for gap in explanation.gaps],
            missing_en=[gap.en for gap in explanation.gaps],
        )


class Point(Said):
    """One past week."""

    week: str
    as_of: date
    list_id: str
    model: str
    band: str
    listed: bool
    probability: float | None
    per_hundred: int | None
    change: str
    change_from: str
    alert_codes: list[str]

    @classmethod
    def of(cls, point: HistoryPoint) -> Point:
        """From the view."""
        kept = {n: getattr(point, n) for n in cls.model_fields if n != "alert_codes"}
        return cls(**kept, alert_codes=list(point.alert_codes))


class History(Said):
    """One pupil week by week, oldest first."""

    pupil_id: str
    weeks: list[Point]

    @classmethod
    def of(cls, page: PupilPage) -> History:
        """From the view."""
        weeks = sorted(page.history, key=lambda point: point.week)
        return cls(
            pupil_id=page.explanation.pupil.pupil_id, weeks=[Point.of(point) for point in weeks]
        )


def _few(row: dict[str, float | None]) -> dict[str, float | None]:
    if len(row) > MOST_INDICATORS:
        raise ValueError("too many indicators")
    return row


class ScoreQuestion(Asked):
    """Rows of indicators by name; null where nothing is recorded. No pupil is named here."""

    rows: list[Annotated[dict[str, FiniteFloat | None], AfterValidator(_few)]] = Field(
        min_length=1, max_length=MOST_ROWS
    )


class ScoreAnswer(Said):
    """The champion's answer to one row; bias + contributions + background = margin."""

    probability: float | None
    interval_low: float | None
    interval_high: float | None
    margin: float
    bias: float
    contributions: dict[str, float]
    background_contribution: float
    reasons_zh: list[str]
    reasons_en: list[str]

    @classmethod
    def of(cls, row: ScoredRow) -> ScoreAnswer:
        """From the model's answer."""
        return cls(
            probability=row.probability,
            interval_low=row.interval_low,
            interval_high=row.interval_high,
            margin=row.margin,
            bias=row.bias,
            contributions=dict(row.contributions),
            background_contribution=row.background,
            reasons_zh=list(row.reasons_zh),
            reasons_en=list(row.reasons_en),
        )


class ScoreAnswers(Said):
    """One answer a row, in the order asked."""

    model: str
    rows: list[ScoreAnswer]


class Model(Said):
    """A model that serves."""

    name: str
    version: str
    kind: str
    champion: bool
    trained_until: str
    horizon_weeks: int | None
    base_rate: float | None
    indicators: list[str]
    digest: str

    @classmethod
    def of(cls, card: ModelCard) -> Model:
        """From the card."""
        kept = {n: getattr(card, n) for n in cls.model_fields if n != "indicators"}
        return cls(**kept, indicators=list(card.indicators))


class ModelList(Said):
    """The models that serve; empty before the first promotion."""

    models: list[Model]


class Credentials(Asked):
    """A name and a password."""

    name: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class Token(Said):
    """A bearer token; it ends by idleness, by age, and on logout."""

    token: str
    token_type: str = "Bearer"
    idle_seconds: int
    absolute_seconds: int


class State(Said):
    """Alive or ready; ``missing`` names what is not, in codes."""

    status: str
    missing: list[str] = []


class Problem(Said):
    """RFC 9457; what was sent is never repeated."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []
