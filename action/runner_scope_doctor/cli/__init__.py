"""Command line and environment in, exit code out. The only place that knows exit codes."""
