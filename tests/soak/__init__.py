"""The soak: a live newsroom with faults, one long-lived worker, and what each process costs over time."""
