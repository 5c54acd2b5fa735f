"""The official schema of FA(3), compiled once, and what it finds wrong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from itertools import islice
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

from lxml import etree

from invoices.fa3.nodes import Node
from metering.problems import Problem

SCHEMA = "schemat_FA(3)_v1-0E.xsd"
SCHEMAS = "ksef_client/documents/fa3/schemas"
"""Where the library keeps the Ministry's schemas; its code is not loaded for them."""

MOST_PLACES = 100
"""So many wrong places are told: a mistake that is in every row need not be told for each."""

_one_at_a_time = Lock()
"""A compiled schema keeps the errors of its last validation, so threads must not share one."""


class _Local(etree.Resolver):
    """Takes the schemas that others name by their web address from the same folder."""

    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:
        file = _folder() / PurePosixPath(system_url or "").name
        return self.resolve_filename(str(file), context)


def _folder() -> Path:
    return Path(str(distribution("ksef-client").locate_file(SCHEMAS)))


@cache
def _schema() -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    return etree.XMLSchema(etree.parse(str(_folder() / SCHEMA), parser))


def parsed(content: bytes) -> Node:
    """A structured invoice as a tree; raises `lxml.etree.XMLSyntaxError`.

    Nothing that it names is fetched or put into it.
    """
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


def schema_problems(root: Node) -> Iterator[Problem]:
    """What the schema does not allow, by the place in the XML (``Fa.FaWiersz[2].P_7``)."""
    with _one_at_a_time:
        valid = _schema().validate(root)
        errors = [] if valid else list(_schema().error_log)
    said: dict[str, list[str]] = {}
    for error in errors:
        said.setdefault(error.path or "", []).append(_plain(error.message))
    for place, messages in islice(said.items(), MOST_PLACES):
        yield Problem("fa3_invalid", _path(root, place), _sentence(messages))


def _plain(message: str) -> str:
    """What libxml2 says, without namespaces."""
    words = message.split("}")
    return "".join(word.rpartition("{")[0] for word in words[:-1]) + words[-1]


def _sentence(said: list[str]) -> str:
    return f"the structure FA(3) does not allow this, correct it: {' '.join(dict.fromkeys(said))}"


def _path(root: Node, place: str) -> str:
    """The tags from the root to a place such as ``/*/*[4]/*[2]``; repeated ones with a number."""
    found = root.xpath(place) if place else []
    element = found[0] if isinstance(found, list) and found else root
    parts: list[str] = []
    while isinstance(element, etree._Element) and element is not root:
        parts.append(_part(element))
        parent = element.getparent()
        element = root if parent is None else parent
    return ".".join(reversed(parts))


def _part(element: Node) -> str:
    """A tag, with its place among those of its name where there are several; counted from 0."""
    name = element.tag
    before = sum(1 for own in element.itersiblings(preceding=True) if own.tag == name)
    several = before or any(own.tag == name for own in element.itersiblings())
    tag = etree.QName(element).localname
    return f"{tag}[{before}]" if several else tag
