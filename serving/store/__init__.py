"""I/O: the database (SQLite or PostgreSQL) and the run folders; fulfils ``serving.ports``."""
