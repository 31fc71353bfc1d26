"""A bare Scrapy spider with default settings: it asks for every article's JSON text and drops what it gets.

Runs in the project's own environment, as finews does. It leaves out what a pipeline adds: parsing, a database, files.
"""

from __future__ import annotations

import sys
from pathlib import Path

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

# The folder above is where `bench` is looked for, however this file is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.peers.task import parser, task, tell


class BareSpider(scrapy.Spider):
    """Asks for its start addresses and for nothing else."""

    name = "bare"

    def parse(self, response: Response) -> None:
        """Drops the answer."""


def main() -> None:
    """Crawls and tells."""
    given = task(parser(__doc__).parse_args())
    # `scrapy runspider` makes the same process for the default reactor. The level keeps a line for each answer
    # from being written; every other setting is Scrapy's default.
    process = AsyncCrawlerProcess({"LOG_LEVEL": "WARNING"})
    crawler = process.create_crawler(BareSpider)
    process.crawl(crawler, start_urls=given.texts)
    process.start()
    assert crawler.stats is not None
    tell(
        peer="bare Scrapy spider",
        version=f"Scrapy {scrapy.__version__}",
        articles=crawler.stats.get_value("downloader/response_status_count/200", 0),
        # Scrapy's own figure, from the opening of the spider to its end.
        seconds=crawler.stats.get_value("elapsed_time_seconds"),
        note="default settings, one process; answers with status 200, neither parsed nor stored",
    )


if __name__ == "__main__":
    main()
