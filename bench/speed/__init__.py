"""The stages of the pipeline, each measured beside its limit in the same run."""
