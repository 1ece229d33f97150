"""Values only. This room imports nothing else of ours."""
