"""Database URLs, and the addresses in them."""
