"""From indicator rows and outcomes to a bundle. Knows no pupil by name and no web."""
