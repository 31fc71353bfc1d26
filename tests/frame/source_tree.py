"""The modules of finews, parsed: what each imports and which strings it holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Module:
    """One source file of finews."""

    name: str
    path: str
    lines: int
    tree: ast.Module
    is_package: bool

    @property
    def room(self) -> str:
        """`schema` of `finews.schema.records`; empty for what stands at the top."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 2 or (self.is_package and len(parts) == 2) else ""

    @property
    def leaf(self) -> str:
        """First name below the room: `records` of `finews.schema.records`."""
        return [*self.name.split("."), "", ""][2]

    def imports(self) -> Iterator[tuple[str, int]]:
        """Full name and line of all that it imports anywhere, also inside functions and for types only."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield base, node.lineno
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)

    def strings(self) -> Iterator[tuple[str, int]]:
        """Text and line of every string that is no docstring; of an f-string its constant parts."""
        bare = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
                yield node.value, node.lineno

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name.split(".")
        if not self.is_package:
            package.pop()
        package = package[: len(package) - node.level + 1]
        return ".".join([*package, *([node.module] if node.module else [])])


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file below finews/."""
    return tuple(read(path) for path in sorted((ROOT / "finews").rglob("*.py")))


def read(path: Path) -> Module:
    """Parse one file."""
    relative = path.relative_to(ROOT)
    names = list(relative.with_suffix("").parts)
    if names[-1] == "__init__":
        names.pop()
    text = path.read_text(encoding="utf-8")
    return Module(
        name=".".join(names),
        path=str(relative),
        lines=text.count("\n"),
        tree=ast.parse(text),
        is_package=path.name == "__init__.py",
    )
