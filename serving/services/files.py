"""The files that the web hands out, of a view already cut to the actor and masked."""

from __future__ import annotations

from serving.services.alert_files import alerts_csv, alerts_xlsx, of_week
from serving.services.exports import as_csv, as_xlsx
from serving.services.views import SchoolWeek


class Exports:
    """Fulfils ``web.doors.Exports``."""

    def __init__(self, lang: str = "zh") -> None:
        """``lang`` of the sentences."""
        self.lang = lang

    def csv(self, week: SchoolWeek) -> bytes:
        """See ``exports.as_csv``."""
        return as_csv(week, lang=self.lang)

    def xlsx(self, week: SchoolWeek) -> bytes:
        """See ``exports.as_xlsx``."""
        return as_xlsx(week, lang=self.lang)

    def alerts_csv(self, week: SchoolWeek) -> bytes:
        """See ``alert_files.alerts_csv``."""
        return alerts_csv(of_week(week), self.lang)

    def alerts_xlsx(self, week: SchoolWeek) -> bytes:
        """See ``alert_files.alerts_xlsx``."""
        return alerts_xlsx(of_week(week), self.lang)
