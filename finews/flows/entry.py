"""How a command ends: every error in one line (with `--json` also one object) and an exit status, no traceback."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
import traceback
from pathlib import Path

import typer
from typer.exceptions import TyperException

from finews.schema.errors import FinewsError, OutputError, UsageError

_OUTPUT_FAILED = frozenset({errno.ENOSPC, errno.EIO, errno.EBADF, errno.EPIPE})


_INTERRUPTED = 130
_INTERRUPTED_WORDS = "interrupted; what was finished is kept, the rest is asked again"


def run(app: typer.Typer) -> None:
    """Runs the command that `sys.argv` names, and leaves the process with its exit status."""
    _heed_signals()
    _mend_streams()
    _log_to_standard_error()
    try:
        status = app(standalone_mode=False)
    except TyperException as error:
        if not error.format_message():
            # The help was shown in place of an error.
            sys.exit(UsageError.exit_status)
        _leave(UsageError(error.format_message(), advice="See --help"))
    except FinewsError as error:
        _leave(error)
    except (KeyboardInterrupt, typer.Abort):
        status = _INTERRUPTED
    except OSError as error:
        # Files have names, and what happens to them is said elsewhere: this one is standard output.
        if error.filename is None and error.errno in _OUTPUT_FAILED:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            _say(str(OutputError(error.strerror or type(error).__name__)))
            sys.exit(OutputError.exit_status)
        _bug(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence
        _bug(error)
    if status == _INTERRUPTED:
        # Typer makes an exit status of an interrupt that reaches it.
        _say(_INTERRUPTED_WORDS)
        _tell_json("Interrupted", _INTERRUPTED_WORDS)
    sys.exit(status if isinstance(status, int) else 0)


def _leave(error: FinewsError) -> None:
    _say(str(error))
    _tell_json(**error.as_json())
    sys.exit(error.exit_status)


def _bug(error: Exception) -> None:
    if os.environ.get("FINEWS_DEBUG"):
        traceback.print_exc()
    place = traceback.extract_tb(error.__traceback__)[-1]
    words = (
        f"a bug of finews: {type(error).__name__} in {Path(place.filename).name}:{place.lineno}. "
        "What was committed is kept. FINEWS_DEBUG=1 shows the traceback; please report it."
    )
    _say(words)
    _tell_json("Bug", words)
    sys.exit(1)


def _say(words: str) -> None:
    typer.secho("finews: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(words, err=True)


def _tell_json(error: str, message: str) -> None:
    if "--json" in sys.argv:
        from finews.flows.output import print_json

        print_json({"error": error, "message": message})


def _mend_streams() -> None:
    """A closed stream is one that nobody reads; characters that a terminal cannot show are written escaped."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for the process's whole life
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _log_to_standard_error() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    # Prefect brings a handler of its own for what its loggers say.
    handler.addFilter(lambda record: not record.name.startswith("prefect"))
    logging.getLogger().addHandler(handler)
    # A connection that is lost is told once, by the error that it ends in.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def _heed_signals() -> None:
    """A request to end and a closed terminal are interrupts, as Ctrl-C is: what is held is given back."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # `nohup` has a closed terminal ignored; so be it.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _on_terminate)


def _on_terminate(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
