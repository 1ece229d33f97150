"""The journal of a host, append-only and hash-chained, and the lock that a repair holds. Knows files, no hosts."""
