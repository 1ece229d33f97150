"""Files of a person's own: read whole up to a limit, and written whole or not at all."""
