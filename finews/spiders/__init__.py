"""Getting bytes: feed and share-link spiders in child processes, and what the source's bytes mean."""
