"""`/api`: what the API can do, as a page of our own, made of the same document as `/api/openapi.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from finews.ui.api import FAILURES
from finews.ui.pages import page

pages = APIRouter(include_in_schema=False)

Schema = Mapping[str, Any]
_REF = "#/components/schemas/"


@dataclass(frozen=True, kw_only=True)
class Type:
    """A type in words: `before`, the name of a model to link to, `after`; each may be empty."""

    before: str = ""
    model: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a model, or a parameter and where it stands (`path`, `query`)."""

    name: str
    type: Type
    required: bool
    words: str
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that can be asked for. `status` and `answer` are those of success."""

    tag: str
    method: str
    path: str
    words: str
    parameters: tuple[Field, ...]
    body: Type | None
    status: str
    answer: Type

    @property
    def id(self) -> str:
        """Its name within the page."""
        return f"{self.method}{self.path}".replace("/", "-").replace("{", "").replace("}", "")


@dataclass(frozen=True, kw_only=True)
class Model:
    """An object that the API takes or gives; one that is a list of words has no fields."""

    name: str
    words: str
    fields: tuple[Field, ...]
    choices: tuple[str, ...]


@pages.get("/api")
def documentation(request: Request) -> Response:
    """Every operation and every model."""
    document = request.app.openapi()
    groups: dict[str, list[Operation]] = {}
    for each in operations(document):
        groups.setdefault(each.tag, []).append(each)
    return page(
        request,
        "api.html",
        groups=groups,
        models=sorted(models(document), key=lambda model: model.name),
        titles={name: told.get("title", name) for name, told in document["components"]["schemas"].items()},
        failures=FAILURES,
        marked=marked,
    )


def marked(text: str) -> Markup:
    """A text with what stands between backticks as code."""
    parts = [Markup("<code>{}</code>").format(each) if odd else escape(each) for odd, each in _parts(text)]
    return Markup("").join(parts)


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    return ((number % 2 == 1, each) for number, each in enumerate(text.split("`")))


def operations(document: Schema) -> Iterator[Operation]:
    """All operations of an OpenAPI document, in its order."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            status = next(each for each in told["responses"] if each.startswith("2"))
            body = told.get("requestBody")
            yield Operation(
                tag=next(iter(told.get("tags", ())), ""),
                method=method.upper(),
                path=path,
                words=told.get("description") or told.get("summary", ""),
                parameters=tuple(
                    Field(
                        name=each["name"],
                        type=type_of(each["schema"]),
                        required=each.get("required", False),
                        words=each.get("description", ""),
                        place=each["in"],
                    )
                    for each in told.get("parameters", ())
                ),
                body=type_of(_content(body)) if body else None,
                status=status,
                answer=type_of(_content(told["responses"][status])),
            )


def models(document: Schema) -> Iterator[Model]:
    """All models of an OpenAPI document."""
    for name, told in document["components"]["schemas"].items():
        required = told.get("required", ())
        yield Model(
            name=name,
            words=told.get("description", ""),
            fields=tuple(
                Field(
                    name=field,
                    type=type_of(each),
                    required=field in required,
                    words=each.get("description", ""),
                )
                for field, each in told.get("properties", {}).items()
            ),
            choices=tuple(str(each) for each in told.get("enum", ())),
        )


def type_of(schema: Schema) -> Type:
    """A schema in a few words: `integer, 1 to 500`, `list of Feed`, `string or null`."""
    if "$ref" in schema:
        return Type(model=schema["$ref"].removeprefix(_REF))
    if "anyOf" in schema or "allOf" in schema:
        parts = [each for each in schema.get("anyOf", schema.get("allOf", ())) if each.get("type") != "null"]
        inner = type_of(parts[0]) if len(parts) == 1 else Type(before=" or ".join(map(_flat, parts)))
        none = " or null" if len(parts) < len(schema.get("anyOf", ())) else ""
        return Type(before=inner.before, model=inner.model, after=inner.after + none)
    if schema.get("type") == "array":
        inner = type_of(schema.get("items", {}))
        return Type(before=f"list of {inner.before}", model=inner.model, after=inner.after)
    if values := schema.get("additionalProperties"):
        inner = type_of(values) if isinstance(values, Mapping) else Type(before="anything")
        return Type(before=f"object of {inner.before}", model=inner.model, after=inner.after)
    return Type(before=_plain(schema))


def _flat(schema: Schema) -> str:
    found = type_of(schema)
    return found.before + found.model + found.after


def _plain(schema: Schema) -> str:
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    words = str(schema.get("format") or schema.get("type") or "anything")
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        words += f", {least} to {most}"
    elif "maxLength" in schema:
        words += f", up to {schema['maxLength']} characters"
    return words


def _content(told: Schema) -> Schema:
    content: Schema = next(iter(told.get("content", {}).values()), {})
    found: Schema = content.get("schema", {"type": "nothing"})
    return found
