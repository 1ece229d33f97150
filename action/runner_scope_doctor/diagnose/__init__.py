"""Pure: Contract and Snapshot in, Diagnosis out. One module per finding."""
