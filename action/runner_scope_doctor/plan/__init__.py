"""Pure: Diagnosis and images of the row in, Plan out. Canonical bytes and their digest. Reaches no driver and no repair."""
