"""A county that never was: pupils, schools and their records, for trying things and for tests."""
