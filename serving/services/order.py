"""What a weekly run is asked to do, and the digest that names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property

from features.catalogue import Catalogue
from features.facts import Facts
from features.prepare import PORTION
from serving.scoring.identity import digest, list_id
from serving.scoring.model import Model, attendance_rule
from serving.scoring.rules import Duty
from serving.scoring.week import iso_week

#: Pupils ever enrolled that are prepared, scored and listed at a time.
MOST = PORTION


@dataclass(frozen=True)
class Order:
    """What to run: facts and day, model, and the settings that shape a list."""

    facts: Facts
    as_of: date
    model: Model
    catalogue: Catalogue
    duties: Mapping[str, Duty]
    capacity: Callable[[str, int], int]
    settings: Mapping[str, object]
    pupil_key: str
    engine: str = "polars"
    workers: int = 1
    revise: str = ""
    holder: str = "weekly"
    by: str = ""
    #: Beyond so many pupils the run goes school by school, some schools at a time; the same lists.
    most: int = MOST
    #: List ids that changes are told against, newest first; None: those standing now.
    follows: tuple[str, ...] | None = None

    @property
    def week(self) -> str:
        """The ISO week of the day."""
        return iso_week(self.as_of)

    @property
    def retrospective(self) -> bool:
        """The model knows later data than the list's day."""
        return self.model.manifest.trained_until > self.as_of.isoformat()

    @cached_property
    def asked(self) -> Catalogue:
        """The indicators that a run works out: those that its model and the attendance rule ask for, by which
        the model is judged once its lists come due, and what they use.

        A rule asks for few, and stands until a model is grown: then all, so that the first model's list can
        be told from the rule's by data and by model.
        """
        if self.model.kind == "rule":
            return self.catalogue
        rule = attendance_rule(self.model.name, self.catalogue)
        return self.catalogue.only([*self.model.bundle.indicators, *rule.indicators])

    @cached_property
    def code(self) -> str:
        """What the program and its settings are: same code, same data, same list."""
        said = [self.catalogue.fingerprint, version(), dict(self.settings)]
        duties = {code: asdict(duty) for code, duty in self.duties.items()}
        key = digest(self.pupil_key)
        return digest([*said, duties, key])

    @cached_property
    def digest(self) -> str:
        """digest(area, week, as_of, extract, bundle, code)."""
        return digest(
            {
                "area": self.facts.batch.area,
                "week": self.week,
                "as_of": self.as_of.isoformat(),
                "extract": self.facts.digest,
                "model": self.model.label,
                "bundle": self.model.bundle.digest,
                "code": self.code,
            }
        )

    @property
    def folder(self) -> str:
        """Where its run lies, under the runs."""
        return f"{self.facts.batch.area}/{self.week}/{list_id(self.digest)}"


def version() -> str:
    """The program's version; 'source' where it is not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("baoxue")
    except PackageNotFoundError:
        return "source"
