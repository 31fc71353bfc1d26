"""A program: the console as `finews ui` serves it, with a stream of events that has no end of its own."""

from __future__ import annotations

import typer

from finews.flows.entry import run
from finews.schema.settings import Settings
from finews.ui.serve import serve
from tests.ui.door import app_of

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main() -> None:
    """Serves it on a free port."""
    serve(Settings.load(ui_port=0), typer.echo, typer.echo, made_by=app_of)


if __name__ == "__main__":
    run(app)
