"""The newsroom: each shape, each fault, its articles and the process."""
