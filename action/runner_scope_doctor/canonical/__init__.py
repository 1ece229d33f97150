"""JSON with one form only, so that a document has one digest: written, and read back strictly."""
