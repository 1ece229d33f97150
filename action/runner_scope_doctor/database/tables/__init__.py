"""How the server's tables are defined, which database they are in, and what a login may do there."""
