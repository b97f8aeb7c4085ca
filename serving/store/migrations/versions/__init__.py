"""Revisions: ``NNNN_what.py``, each revising the one before; never edited once released."""
