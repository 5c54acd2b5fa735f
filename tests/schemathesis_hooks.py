"""What schemathesis must be told of a media type that it does not know."""

from __future__ import annotations

from typing import Any

import orjson
import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(_: Any, value: Any) -> Any:
    """Lines of text as they are; what is no text, as a line of JSON."""
    return value.encode() if isinstance(value, str) else orjson.dumps(value)
