"""The long-lived worker: one open pipeline that does, for hours, what it is told on standard input.

One JSON object a line in, one a line out. `{"do": "poll"}`, `{"do": "ingest", "codes": [NW…]}`, `{"do": "publish"}` and
`{"do": "reconcile"}` are the use cases of the commands of the same name. It ends when its standard input does.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline
from finews.flows.poll import poll
from finews.flows.progress import Silent
from finews.flows.publish_site import publish_site
from finews.flows.reconcile import reconcile
from finews.schema.errors import FinewsError
from finews.schema.settings import Settings


def main() -> None:
    """See above; an error of ours is answered as `{"error": its words}`, and the worker goes on."""
    with Pipeline(Settings.load(), crawling=1) as pipeline:
        for line in sys.stdin:
            try:
                answer = done(pipeline, json.loads(line))
            except FinewsError as error:
                answer = {"error": str(error)}
            print(json.dumps(answer, ensure_ascii=False), flush=True)


def done(pipeline: Pipeline, wish: dict[str, Any]) -> dict[str, Any]:
    """Does one wish; returns what its command would print with `--json`."""
    match wish["do"]:
        case "poll":
            return poll(pipeline, reason="soak").as_json()
        case "ingest":
            return ingest(pipeline, wish["codes"], reason="soak").as_json()
        case "publish":
            return publish_site(pipeline.database, pipeline.settings, Silent())
        case "reconcile":
            return reconcile(pipeline.database, pipeline.settings).as_json()
        case unknown:
            raise ValueError(f"nobody does {unknown!r}")


if __name__ == "__main__":
    main()
