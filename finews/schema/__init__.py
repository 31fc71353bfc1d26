"""What the data is, and the one door to where it is kept. Knows nothing of scrapy, prefect or the web."""
