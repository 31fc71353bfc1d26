"""Who asks, and whether they may act."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from finews.flows.operator import operator
from finews.schema.errors import RequestError


class Role(StrEnum):
    """A viewer sees everything, an operator also acts."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Somebody who is let in."""

    name: str
    role: Role

    @property
    def may_act(self) -> bool:
        """Whether buttons are for them."""
        return self.role is Role.OPERATOR


def viewer_of(request: Request) -> Viewer:
    """Who asks. Without a password, which only loopback may go without, that is this process's user."""
    found = getattr(request.state, "viewer", None)
    return found if isinstance(found, Viewer) else Viewer(name=operator(), role=Role.OPERATOR)


def acting(request: Request) -> Viewer:
    """Who asks, where they may act; raises RequestError where they may only look."""
    viewer = viewer_of(request)
    if not viewer.may_act:
        raise RequestError(f"{viewer.name} may look and not act", advice="Sign in as an operator")
    return viewer


Looking = Annotated[Viewer, Depends(viewer_of)]
"""A handler's parameter where anybody may ask who is let in."""

Acting = Annotated[Viewer, Depends(acting)]
"""A handler's parameter where something is changed: `def discard(viewer: Acting) -> …`."""
