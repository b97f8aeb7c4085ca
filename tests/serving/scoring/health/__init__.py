"""Checks of a week\x27s health."""
