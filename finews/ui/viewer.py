"""Who asks, and whether they may act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from finews.schema.accounts import Role
from finews.schema.actions import Actor, Door
from finews.schema.errors import ForbiddenError


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Somebody who is let in: from which address, by page or API, and whether they have signed in to be."""

    name: str
    role: Role
    address: str = ""
    door: Door = Door.PAGE
    signed_in: bool = False

    @property
    def may_act(self) -> bool:
        """Whether buttons are for them."""
        return self.role is Role.OPERATOR

    @property
    def actor(self) -> Actor:
        """Who they are in the audit."""
        return Actor(who=self.name, role=self.role.value, address=self.address, door=self.door)


STRANGER: Final = Viewer(name="", role=Role.VIEWER)
"""Somebody who has not signed in yet, and sees the pages that lead there."""


def viewer_of(request: Request) -> Viewer:
    """Who asks, as the door has found out; without it nobody is anybody."""
    found = getattr(request.state, "viewer", None)
    return found if isinstance(found, Viewer) else STRANGER


def acting(request: Request) -> Viewer:
    """Who asks, where they may act; raises ForbiddenError where they may only look."""
    viewer = viewer_of(request)
    if not viewer.may_act:
        raise ForbiddenError(f"{viewer.name} may look and not act", advice="Sign in as an operator")
    return viewer


Looking = Annotated[Viewer, Depends(viewer_of)]
"""A handler's parameter where anybody may ask who is let in."""

Acting = Annotated[Viewer, Depends(acting)]
"""A handler's parameter where something is changed: `def discard(viewer: Acting) -> …`."""
