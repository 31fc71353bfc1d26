"""Tests of what stands around the code: rooms, locks, tracked files, make targets and CI."""
