"""Errors as those are told them who asked."""

from __future__ import annotations


def tellable(error: BaseException) -> Exception:
    """An error that whoever asked may be told, while the thread that met it lives on.

    A panic of the library behind `polars` is no `Exception`: raised on, it would end the thread,
    and all who wait for it with it.
    """
    return error if isinstance(error, Exception) else RuntimeError(type(error).__qualname__)
