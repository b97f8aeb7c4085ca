"""``days`` held in memory as one small number a pupil and school day, reduced column by column.

The same day rows as ``prepare.days`` makes with joins, for engines that hold everything in this process.
A day has few sorts (what was marked, what is presumed, whether it follows a break), so a pupil's day is the
number of its sort; what each sort weighs is asked once of ``prepare.days`` itself. The rows are never made.
"""

from features.prepare.grid.grid import Grid
from features.prepare.grid.laying import lay

__all__ = ["Grid", "lay"]
