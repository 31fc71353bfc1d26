"""One tree of errors. The docstring of a class is its message; `detail` says what it happened to."""

from __future__ import annotations

from typing import ClassVar


class FinewsError(Exception):
    """Something went wrong."""

    exit_status: ClassVar[int] = 1

    def __init__(self, detail: str = "", *, advice: str = "") -> None:
        self.detail = detail
        self.advice = advice
        message = (type(self).__doc__ or "").strip().splitlines()[0].rstrip(".")
        parts = [f"{message}: {detail}" if detail else message, advice]
        super().__init__(". ".join(part.rstrip(".") for part in parts if part) + ".")

    def as_json(self) -> dict[str, str]:
        """`{error, message}`, as every command with `--json` prints it."""
        return {"error": type(self).__name__.removesuffix("Error"), "message": str(self)}


class RequestError(FinewsError):
    """The request is wrong, nothing was done."""

    exit_status = 2


class UsageError(RequestError):
    """The command is not understood."""


class InvalidLinkError(RequestError):
    """Not a link to an article."""


class InvalidLinksError(RequestError):
    """Some lines are not links to articles, nothing was fetched."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n  " + "\n  ".join(problems))


class SettingError(RequestError):
    """A setting is wrong."""


class UnknownNameError(RequestError):
    """There is no such name."""


class AlreadyUpError(RequestError):
    """The service of this data folder is up already."""


class ClosedDoorError(RequestError):
    """The console does not open to others without a password."""


class SignInError(RequestError):
    """Name or password is wrong."""


class LockedOutError(RequestError):
    """Too many attempts to sign in failed."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(advice=f"Try again in {seconds} s")


class ForbiddenError(RequestError):
    """Not allowed, nothing was done."""


class ServiceError(FinewsError):
    """A service that is needed is out of reach."""

    exit_status = 3


class TooManySigningInError(ServiceError):
    """Too many are signing in at this moment, nothing is wrong with the password."""


class DatabaseUnreachableError(ServiceError):
    """The database cannot be reached, nothing was lost."""


class DatabaseLostError(ServiceError):
    """The database went away during the work, what was committed is kept and the rest is asked again."""


class DatabaseFullError(ServiceError):
    """The database has no room left, what was committed is kept and the rest is asked again."""


class DatabaseRefusedError(ServiceError):
    """The database refuses what is needed, nothing was lost."""


class EmbeddedServerError(ServiceError):
    """The embedded PostgreSQL server cannot be started."""


class SiteUnwritableError(ServiceError):
    """The site folder cannot be written, the articles are safe in the database."""


class CrawlDiedError(ServiceError):
    """The crawl process ended before its work was done, its links will be asked again."""


class SourceUnreachableError(ServiceError):
    """No mirror of the source answers, what was fetched is kept and the rest can be asked for later."""


class WorkerDiedError(ServiceError):
    """A worker process ended before its work was done, what was committed is kept."""


class OutputError(ServiceError):
    """What the command has to say cannot be written to standard output."""


class TooManyStreamsError(ServiceError):
    """As many pages as can be listen for changes already."""


class PrefectUnreachableError(ServiceError):
    """The Prefect server cannot be reached."""


class ProgramMissingError(ServiceError):
    """A program that is needed is not installed, what was done before it is kept."""


class BackupError(FinewsError):
    """The backup could not be made, no file is left."""


class RestoreError(FinewsError):
    """The backup could not be restored, the database is as empty as it was."""


class BusyError(ServiceError):
    """Another process is at the same work."""


class BuildFailedError(FinewsError):
    """The site could not be built, the posts are written."""


class GitError(FinewsError):
    """Git refuses, the posts are written."""


class GitConflictError(FinewsError):
    """Others have changed the same files, all was left as it is."""


class PushRejectedError(FinewsError):
    """The remote repository refuses the push, the commit goes with the next run."""


class RemoteUnreachableError(ServiceError):
    """The remote repository cannot be reached, the commit goes with the next run."""


class AddressTakenError(ServiceError):
    """The address cannot be listened on."""


class BackgroundError(FinewsError):
    """What was asked for ended at once."""


class SearchTooLongError(FinewsError):
    """The search takes too long."""


class ChangedMeanwhileError(FinewsError):
    """What is there has changed since it was shown, nothing was done."""
