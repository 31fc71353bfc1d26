"""The built site: every page of it, in Jekyll and in a browser."""
