"""Pure: bands, lists, changes since last week, duty alerts, sentences."""
