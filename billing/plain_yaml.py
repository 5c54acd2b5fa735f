"""YAML read without surprises: exact decimals, no guessed types, and the line of every value.

Only four plain scalars are more than text: whole numbers, decimals (as Decimal, from their text),
`true`/`false` and `null`. Dates, times such as 22:00, words such as NO and numbers such as 1e3 stay
text, and a key given twice is a problem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from metering.problems import Problem, ProblemsFound, join_path

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,40})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,40})\.[0-9]{1,40}")
MAX_DEPTH = 50
MAX_REPEATS = 10_000
"""How many collections may stand inside each other: far more than any file here needs."""

_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class PlainYaml:
    """A document's value, and the line on which each path of it begins."""

    value: Any
    lines: dict[str, int] = field(repr=False)

    def line_of(self, path: str) -> int:
        """The line of a path, or of its nearest parent that the document has."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)

    def located(self, problem: Problem) -> Problem:
        """The problem with its line named in the sentence."""
        line = self.line_of(problem.path)
        return Problem(problem.code, problem.path, f"line {line}: {problem.message}")


def read_yaml(text: str) -> PlainYaml:
    """Reads one document.

    Raises ProblemsFound with ``broken_yaml`` or ``duplicate_key``, the line named.
    """
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ProblemsFound(
            [Problem("broken_yaml", "", f"{where}this is not readable as YAML: {reason}")]
        ) from error
    reader = _Reader()
    value = reader.read(node, "") if node is not None else None
    if reader.problems:
        raise ProblemsFound(reader.problems)
    return PlainYaml(value, reader.lines)


class _Reader:
    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.above: list[yaml.Node] = []
        self.met: set[int] = set()
        self.repeats = 0

    def read(self, node: yaml.Node, path: str) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if not isinstance(node, yaml.CollectionNode):
            return self._text(node, path)
        if self.repeats > MAX_REPEATS:
            return None
        if len(self.above) == MAX_DEPTH or any(node is other for other in self.above):
            self._broken(node, path, "what begins here is nested too deeply, or contains itself")
            return None
        self._count(node, path)
        self.above.append(node)
        value = self._collection(node, path)
        self.above.pop()
        return value

    def _count(self, node: yaml.Node, path: str) -> None:
        """Counts the collections met again by an alias: a few bytes could stand for billions."""
        self.repeats += id(node) in self.met
        self.met.add(id(node))
        if self.repeats == MAX_REPEATS + 1:
            self._broken(node, path, "aliases repeat too much here")

    def _text(self, node: yaml.Node, path: str) -> Any:
        if "\0" in node.value:
            self._broken(node, path, "this text has a NUL character in it")
        return _scalar(node)

    def _broken(self, node: yaml.Node, path: str, what: str) -> None:
        message = f"line {node.start_mark.line + 1}: {what}"
        self.problems.append(Problem("broken_yaml", path, message))

    def _collection(self, node: yaml.CollectionNode, path: str) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return [self.read(item, f"{path}[{i}]") for i, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            key_path = join_path(path, key)
            if key in result:
                line = key_node.start_mark.line + 1
                self.problems.append(
                    Problem("duplicate_key", key_path, f"line {line}: {key} is given twice here")
                )
            result[key] = self.read(value_node, key_path)
            self.lines[key_path] = key_node.start_mark.line + 1
        return result


def _scalar(node: yaml.Node) -> Any:
    text: str = node.value
    if getattr(node, "style", None):  # A plain scalar has none: "" in C, None in Python.
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text
