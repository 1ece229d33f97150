"""The only code that can change a server's database, and what it needs before: a backup that was proven."""
