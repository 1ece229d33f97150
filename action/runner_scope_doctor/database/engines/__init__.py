"""How each engine is looked at: connections that only read."""
