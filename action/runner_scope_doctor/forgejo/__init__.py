"""The only HTTP: a client for the Forgejo API, its paging and its errors."""
