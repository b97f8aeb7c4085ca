"""Checks of a week: one file each, found by folder."""
