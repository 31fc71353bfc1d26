"""The proofs that finews does what its contract says."""
