"""Write access, for the repair alone: one guarded change in one transaction."""
