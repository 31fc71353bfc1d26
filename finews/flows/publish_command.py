"""`finews publish`: rows → posts, and on request the built site and a commit."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from finews.flows.command_input import Json, settings_in_force

Build = Annotated[bool, typer.Option("--build", help="Then build the site with Jekyll, into `_site`.")]
WithGit = Annotated[
    bool, typer.Option("--git", help="Then commit the site's tree and push it to FINEWS_GIT_REMOTE.")
]


Verify = Annotated[bool, typer.Option("--verify", help="Read every post, however its file looks.")]


def publish_command(
    build: Build = False, git: WithGit = False, verify: Verify = False, json: Json = False
) -> None:
    """Bring the site in line with the rows: write posts that are missing or changed, set aside what has no row.

    Lays the site's scaffold where nobody has set up a site yet, and keeps a page for each media name.

    With --build and --git the site is built first: one that cannot be built is not pushed.

    [bold]Example:[/] finews publish --build --git
    """
    from finews.flows.output import print_counts, print_json
    from finews.flows.progress import shown_progress
    from finews.flows.publish_site import publish_site
    from finews.schema.database import Database

    settings = settings_in_force()
    if git:
        from finews.flows.site_git import look_for_repository

        look_for_repository(settings)
    with Database(settings) as database, shown_progress() as progress:
        counts = publish_site(database, settings, progress, verify=verify)
    if counts["orphans_left"]:
        typer.echo(
            f"finews: {counts['orphans_left']} posts belong to no article of this database, which is too many for an "
            "accident: they were left alone. Is this the right database for the site?",
            err=True,
        )
    found: dict[str, Any] = {**counts}
    if build:
        from finews.flows.site_build import build_site

        build_site(settings)
        found["built"] = True
    if git:
        from finews.flows.site_git import commit_site

        committed = commit_site(settings)
        found |= {"commit": committed.commit, "pushed": committed.pushed}
    if json:
        print_json(found)
        return
    print_counts(counts)
    if build:
        typer.echo("the site is built")
    if git:
        made = f"commit {found['commit'][:12]}" if found["commit"] else "nothing to commit"
        typer.echo(f"{made}, {'pushed' if found['pushed'] else 'nothing pushed'}")
