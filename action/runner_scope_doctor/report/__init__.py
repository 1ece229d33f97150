"""Diagnosis in, text out. `escape.py` is the one place for foreign text."""
