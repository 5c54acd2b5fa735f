"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

IMPOSSIBLE = {errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}
"""What a file system answers that knows no second names, or no way to make a folder last.

EACCES is the answer of a folder that we may fill and not read.
"""


@contextmanager
def whole_file(path: Path, *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """A file to write; it gets its name when it is complete, so that no half of it is ever seen.

    What has the name already is replaced, or, without ``overwrite``, stays: FileExistsError.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))
    growing = path.with_name(f".{path.name}.{os.getpid()}.part")
    growing.unlink(missing_ok=True)  # never written into: it may be a whole file's second name
    try:
        with growing.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            growing.replace(path)
        else:
            _take_free_name(growing, path)
    finally:
        growing.unlink(missing_ok=True)
    _keep_names(path.parent)


def write_whole(path: Path, content: bytes, *, overwrite: bool = True) -> Path:
    """Writes a file; returns its path."""
    with whole_file(path, overwrite=overwrite) as file:
        file.write(content)
    return path


def _take_free_name(growing: Path, path: Path) -> None:
    """A second name takes no file's place. Where there are none, we look before we move."""
    try:
        path.hardlink_to(growing)
    except OSError as error:
        if error.errno not in IMPOSSIBLE:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
        growing.rename(path)


def _keep_names(folder: Path) -> None:
    """Makes the names in a folder outlast a failure of the machine, where that can be asked for."""
    try:
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
    except OSError as error:
        if error.errno not in IMPOSSIBLE:
            raise
