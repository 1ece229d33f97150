"""The only drivers and the only SQL. Read access is a type of its own."""
