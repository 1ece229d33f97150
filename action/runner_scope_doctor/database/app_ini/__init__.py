"""Forgejo's app.ini, and the database address in it."""
