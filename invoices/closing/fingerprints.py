"""What a person has seen before they say a word: the content of documents, as a short mark.

Nothing is issued without a person's word (R151), and a word is about what was shown. A document
whose content is another one by now has another mark, and is shown again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson


def fingerprint(document: Mapping[str, Any]) -> str:
    """The mark of a document's content, however its keys are ordered."""
    return sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def together(marks: Mapping[str, str]) -> str:
    """The mark of many documents, from theirs by the names of what they belong to."""
    lines = (f"{name}\t{mark}\n" for name, mark in sorted(marks.items()))
    return sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Word:
    """A person's word to issue what they were shown: who said it, and the marks of that.

    ``drafts`` and ``notes`` are marks of all of them together; empty where none were shown. With
    ``only_checked`` it is about those drafts alone that somebody has marked as checked.
    """

    by: str
    drafts: str
    notes: str = ""
    only_checked: bool = False
