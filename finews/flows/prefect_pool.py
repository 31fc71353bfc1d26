"""A work pool, looked for before somebody works for it."""

from __future__ import annotations

import os

import httpx
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound, PrefectException

from finews.flows.prefect_flows import look_for_server
from finews.schema.errors import PrefectUnreachableError, RequestError, UnknownNameError


def look_for_pool(pool: str) -> str:
    """The address of the server that has this pool of processes, without a password.

    Raises PrefectUnreachableError, UnknownNameError where there is no such pool, and RequestError for one of another
    kind.
    """
    look_for_server()
    try:
        with get_client(sync_client=True) as client:
            kind = client.read_work_pool(pool).type
    except ObjectNotFound:
        raise UnknownNameError(
            f"work pool {pool}", advice=f"`finews deploy --pool {pool}` makes it"
        ) from None
    except (httpx.HTTPError, PrefectException) as error:
        raise PrefectUnreachableError(f"it did not tell its pools ({type(error).__name__})") from error
    if kind != "process":
        raise RequestError(f"work pool {pool} is of kind {kind}", advice="One of kind process is needed")
    scheme, _, rest = os.environ["PREFECT_API_URL"].partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
