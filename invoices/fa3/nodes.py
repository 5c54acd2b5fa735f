"""Elements of a structured invoice: made from what is in them, absent where there is nothing."""

from __future__ import annotations

from lxml import etree

NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"
"""That of FA(3), published on 2025-06-25."""

Node = etree._Element
Content = Node | str | None


def node(tag: str, *content: Content) -> Node:
    """An element with a text or with others in it; what is None is left out."""
    made = etree.Element(f"{{{NAMESPACE}}}{tag}", nsmap={None: NAMESPACE})
    for one in content:
        if isinstance(one, str):
            made.text = one
        elif one is not None:
            made.append(one)
    return made


def optional(tag: str, text: str | None) -> Node | None:
    """An element with a text; none where the text is empty."""
    return node(tag, text) if text else None


def to_bytes(root: Node) -> bytes:
    """A whole document in UTF-8, without a byte order mark; equal documents are equal bytes."""
    etree.cleanup_namespaces(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
