"""Settings of ``serving``: where the database is, and how many visits a school can make a week."""

from __future__ import annotations

import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from features.settings import Settings

DEFAULT_SHARE = 0.03


class Capacity(BaseModel):
    """``[capacity]``: how many pupils a school can look into a week.

    ``visits_per_week`` holds for every school, ``schools`` (school_id -> visits) for one; where
    neither is given it is ``share`` of the school's cohort, rounded up.
    """

    model_config = ConfigDict(extra="forbid")

    visits_per_week: int | None = Field(default=None, ge=0)
    share: float = Field(default=DEFAULT_SHARE, ge=0, le=1)
    schools: dict[str, int] = Field(default_factory=dict)

    def of(self, school_id: str, cohort: int) -> int:
        """Places for a school with ``cohort`` pupils under estimate."""
        if school_id in self.schools:
            return self.schools[school_id]
        if self.visits_per_week is not None:
            return self.visits_per_week
        return math.ceil(round(self.share * cohort, 9))


class ServingSettings(Settings):
    """``BAOXUE_DATABASE_URL``, ``[capacity]``, ``[alerts]``, and the pupil ids' key."""

    model_config = SettingsConfigDict(
        env_prefix="BAOXUE_", extra="ignore", env_nested_delimiter="__"
    )

    database_url: str | None = None
    capacity: Capacity = Field(default_factory=Capacity)
    pupil_key: str | None = None
    alerts: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @property
    def database(self) -> str:
        """The database's address; SQLite in the home folder unless set."""
        return self.database_url or f"sqlite:///{self.home / 'baoxue.db'}"
