"""Proofs for the spiders: pure ones, and real child processes against a real newsroom."""
