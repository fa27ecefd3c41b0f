"""The description of this port as one page, which works offline and without a script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

HEAD = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>{title}: addresses</title>"
    "<meta name=viewport content='width=device-width'><meta name=color-scheme content=dark>"
    "<link rel=stylesheet href=/static/docs.css>"
)


def reference(openapi: Mapping[str, Any], more: str = "") -> str:
    """One table for each group of addresses, in the order in which they were added; `more` is a
    sentence on what the description cannot tell."""
    groups: dict[str, list[str]] = {}
    for path, methods in openapi["paths"].items():
        for method, facts in methods.items():
            groups.setdefault(facts["tags"][0], []).append(_row(method.upper(), path, facts))
    tables = "".join(
        f"<h2>{escape(name)}</h2><table>{''.join(rows)}</table>" for name, rows in groups.items()
    )
    head = HEAD.format(title=escape(openapi["info"]["title"]))
    about = escape(openapi["info"]["description"])
    links = "The same for programs: <a href=/openapi.json>openapi.json</a>. "
    links += f"{escape(more)} <a href=/>To the page</a>"
    return f"{head}<main><h1>Addresses</h1><p>{about}</p><p>{links}</p>{tables}</main></html>"


def _row(method: str, path: str, facts: Mapping[str, Any]) -> str:
    words = [facts.get("summary", ""), facts.get("description", ""), *_parameters(facts)]
    told = "<br>".join(escape(str(word)) for word in words if word)
    return f"<tr><td>{escape(method)}</td><td><code>{escape(path)}</code></td><td>{told}</td></tr>"


def _parameters(facts: Mapping[str, Any]) -> Iterator[str]:
    for one in facts.get("parameters", ()):
        if one["in"] == "query":
            yield f"?{one['name']}= {one.get('description', '')}"
    if "requestBody" in facts:
        yield "takes a JSON body"
