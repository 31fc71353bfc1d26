"""finews: a scheduled scraping and ingestion pipeline for Chinese financial news."""

__version__ = "0.1.0"
