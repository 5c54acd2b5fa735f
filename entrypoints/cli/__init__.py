"""The command line, `licznik`: one small module for each group of commands."""

from entrypoints.cli.app import main

__all__ = ["main"]
