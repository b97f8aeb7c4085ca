"""From recorded facts to one row per pupil per day. Knows no model and no web."""
