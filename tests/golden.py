"""Golden files: what a document said when a person last read it, compared line by line.

After a change that is meant, `LICZNIK_RENEW_GOLDEN=1 make test` writes them anew; read the
difference before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def golden(name: str, text: str) -> str:
    """The golden text of a name; ``text`` takes its place where renewal was asked for."""
    path = FOLDER / name
    if os.environ.get("LICZNIK_RENEW_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")
