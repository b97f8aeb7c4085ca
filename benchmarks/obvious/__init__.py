"""The obvious way, for comparison: what an analyst writes in an afternoon with pandas, LightGBM and shap.

Kept idiomatic and not slowed down on purpose: only the columns and days that are needed are read, pupils and
classes are numbers, sums are vectorised, nothing is applied row by row. It reads the whole extract anew
every week, since there is no store. Its 60 columns mean what the catalogue's indicators of the same names
mean; ``benchmarks.obvious.agree`` tells how many of their values are equal. It leaves aside what an afternoon
leaves aside: sentences, duty alerts, calendars of single schools, audit, and the checking of what arrives.
"""
