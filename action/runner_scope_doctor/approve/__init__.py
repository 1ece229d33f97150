"""The approval environment: whose evidence counts, and whether it is enough. One module per kind of evidence."""
