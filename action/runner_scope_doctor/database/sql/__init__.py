"""Every statement there is, for a database administrator to read."""
