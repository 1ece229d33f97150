"""YAML files that people write, as values that remember their lines; what is wrong is said with file, line and key."""
