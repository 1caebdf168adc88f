"""Write a folder whole or not at all: beside its place first, then swapped with what stands there."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from parley.errors import UsageError

__all__ = ["SUMS", "holds_only_its_own", "replacing"]

SUMS = "SHA256SUMS"

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_YOUNG = 60


def holds_only_its_own(folder: Path, first: str) -> bool:
    """Return whether a folder has checksums that name its ``first`` file, and holds nothing that they do not name."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    names = {line.partition("  ")[2] for line in lines}
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}
    return first in names and held <= names | {SUMS}


@contextmanager
def replacing(target: Path, owned: Callable[[Path], bool], kind: str) -> Iterator[Path]:
    """Yield an empty folder beside ``target`` that takes its place once the block has ended well.

    Killed at any point, ``target`` is what it was or what it was to be; what is left beside it goes with the next run.
    On Linux the swap is one step (renameat2, RENAME_EXCHANGE); elsewhere two renames, between which a kill leaves the
    former folder beside its place.

    :param owned: whether a folder that is not empty may be replaced
    :param kind: what such a folder is called in an error
    :raises UsageError: if it may not, or the disk refuses
    """
    where, target = target, target.resolve()
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    try:
        _refuse(where, owned, kind)
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        part.mkdir()
        lock = _lock(part)
        try:
            yield part
            _refuse(where, owned, kind)
            target.mkdir(exist_ok=True)
            _swap(part, target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
            if lock is not None:
                os.close(lock)
    except OSError as error:
        raise UsageError(f"cannot write ({error.strerror or str(error)[:200]})", where=where) from None


def _refuse(target: Path, owned: Callable[[Path], bool], kind: str) -> None:
    if target.exists() and not target.is_dir():
        raise UsageError("a file, not a folder", where=target, todo="name a new folder")
    if target.is_dir() and any(target.iterdir()) and not owned(target):
        raise UsageError(f"a folder that is not empty and is no {kind}", where=target, todo="name a new folder")


def _lock(folder: Path) -> int | None:
    """Hold a folder until the process ends, however it ends, where the system has such locks."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _sweep(target: Path) -> None:
    """Remove what killed runs left: folders beside the target that nobody holds, and none that is just being made."""
    for folder in target.parent.glob(f"{target.name}.part-*"):
        with suppress(OSError):
            if folder.name.rpartition("-")[2].isdigit() and folder.stat().st_mtime < time.time() - _YOUNG:
                lock = _lock(folder)
                if lock is not None:
                    shutil.rmtree(folder)
                    os.close(lock)


def _swap(part: Path, target: Path) -> None:
    exchange = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if exchange:
        paths = os.fsencode(part), os.fsencode(target)
        if exchange(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0:
            return
        if (code := ctypes.get_errno()) not in {errno.ENOSYS, errno.EINVAL}:
            raise OSError(code, os.strerror(code))
    former = part.with_name(f"{part.name}-former")
    target.rename(former)
    part.rename(target)
    shutil.rmtree(former, ignore_errors=True)
