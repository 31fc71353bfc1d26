"""Tests of the operator console, over HTTP and in a real browser."""
