"""Turns a database, an API or a snapshot file into a Snapshot. Never judges."""
