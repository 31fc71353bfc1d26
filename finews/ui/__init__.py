"""The operator console: pages and an API over the same use cases as the command line."""
