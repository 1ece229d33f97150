"""What runs on the host that owns the write credential: its configuration, and what may be trusted there."""
