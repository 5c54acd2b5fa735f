"""A page without what leads out of it: for a frame in which nobody is signed in."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

from markupsafe import Markup

DROPPED = frozenset({"form", "nav", "script", "iframe", "object"})
"""Elements that go with all that is in them."""
UNWRAPPED = frozenset({"a", "area"})
"""Elements of which the contents stay."""
VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self._within = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps an element, with all of its attributes, unless it leads somewhere."""
        if tag in DROPPED:
            self._within += 1
        elif tag not in UNWRAPPED:
            self._add(f"<{tag}{''.join(_attribute(*own) for own in attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in DROPPED:
            self._within = max(self._within - 1, 0)
        elif tag not in UNWRAPPED | VOID:
            self._add(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._add(data)

    def handle_entityref(self, name: str) -> None:
        self._add(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._add(f"&#{name};")

    def _add(self, text: str) -> None:
        if not self._within:
            self.parts.append(text)


def _attribute(name: str, value: str | None) -> str:
    return f" {name}" if value is None else f' {name}="{escape(value)}"'


def without_ways_out(html: str) -> Markup:
    """A part of a page without links, forms and navigation; what is written stays as it was."""
    own = _Plain()
    own.feed(html)
    own.close()
    return Markup("".join(own.parts))
