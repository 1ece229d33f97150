"""The file people write, and what it means: YAML to Contract with line numbers, its schema, `init` and `lint`."""
