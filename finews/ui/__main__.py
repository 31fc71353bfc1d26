"""The console as a program: `finews ui` becomes this one, and `finews up` runs it as one of its parts."""

from __future__ import annotations

from typing import Annotated

import typer

from finews.flows.entry import run

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    host: Annotated[str | None, typer.Option("--host")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535)] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Serve the console until Ctrl-C."""
    from finews.flows.output import print_json
    from finews.schema.settings import Settings
    from finews.ui.serve import serve

    given = {"ui_host": host, "ui_port": port}
    settings = Settings.load(**{name: value for name, value in given.items() if value is not None})

    def show(address: str) -> None:
        if json:
            print_json({"console": address})
        else:
            typer.echo(f"the console is at {address} until Ctrl-C")

    serve(settings, lambda words: typer.echo(words, err=True), show)


if __name__ == "__main__":
    run(app)
