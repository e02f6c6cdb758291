"""The thin layer between the log and the disk, so that a test can record and replay every write."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from trucewatch.core.errors import EvidenceError, LockedError

__all__ = ["Files", "Lock", "OsFiles", "discard", "disk_errors", "make_dirs", "publish"]

_CHUNK = 1 << 20


class Lock(Protocol):
    """A held lock."""

    def release(self) -> None:
        """Let the next writer in."""
        ...


class Files(Protocol):
    """What the log needs of a disk. Nothing is durable before `fsync` of the file and `fsync_dir` of its folder."""

    def read(self, path: Path) -> bytes:
        """Return the whole file."""
        ...

    def read_part(self, path: Path, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset` on, or fewer where the file ends."""
        ...

    def chunks(self, path: Path, start: int = 0) -> Iterator[bytes]:
        """Yield the file from `start` on, piece by piece."""
        ...

    def exists(self, path: Path) -> bool:
        """Return whether a file or folder is there."""
        ...

    def walk(self, folder: Path) -> list[Path]:
        """Return every file below a folder, sorted; nothing where the folder is absent."""
        ...

    def make_dir(self, path: Path, mode: int = 0o755) -> None:
        """Make one folder whose parent exists."""
        ...

    def write_new(self, path: Path, chunks: Iterable[bytes], mode: int = 0o644) -> None:
        """Create a file that was not there and write it."""
        ...

    def overwrite(self, path: Path, offset: int, data: bytes) -> None:
        """Write over bytes of a file in place."""
        ...

    def fsync(self, path: Path) -> None:
        """Return when the file's bytes are durable."""
        ...

    def fsync_dir(self, path: Path) -> None:
        """Return when the names in a folder are durable."""
        ...

    def rename(self, source: Path, target: Path) -> None:
        """Move a file in one step, over whatever was there."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file."""
        ...

    def lock(self, path: Path) -> Lock:
        """Take the exclusive lock of a file, or raise LockedError at once."""
        ...


class OsFiles:
    """The real disk (POSIX)."""

    def read(self, path: Path) -> bytes:
        """Return the whole file."""
        return path.read_bytes()

    def read_part(self, path: Path, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset` on, or fewer where the file ends."""
        with path.open("rb") as stream:
            stream.seek(offset)
            return stream.read(size)

    def chunks(self, path: Path, start: int = 0) -> Iterator[bytes]:
        """Yield the file from `start` on, piece by piece."""
        with path.open("rb") as stream:
            stream.seek(start)
            while piece := stream.read(_CHUNK):
                yield piece

    def exists(self, path: Path) -> bool:
        """Return whether a file or folder is there."""
        return path.exists()

    def walk(self, folder: Path) -> list[Path]:
        """Return every file below a folder, sorted; nothing where the folder is absent."""
        return sorted(Path(at) / name for at, _, names in os.walk(folder) for name in names)

    def make_dir(self, path: Path, mode: int = 0o755) -> None:
        """Make one folder whose parent exists."""
        path.mkdir(mode)

    def write_new(self, path: Path, chunks: Iterable[bytes], mode: int = 0o644) -> None:
        """Create a file that was not there and write it."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.writelines(chunks)

    def overwrite(self, path: Path, offset: int, data: bytes) -> None:
        """Write over bytes of a file in place."""
        with path.open("r+b") as stream:
            stream.seek(offset)
            stream.write(data)

    def fsync(self, path: Path) -> None:
        """Return when the file's bytes are durable."""
        _fsync(path, os.O_RDONLY)

    def fsync_dir(self, path: Path) -> None:
        """Return when the names in a folder are durable."""
        _fsync(path, os.O_RDONLY | os.O_DIRECTORY)

    def rename(self, source: Path, target: Path) -> None:
        """Move a file in one step, over whatever was there."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def lock(self, path: Path) -> Lock:
        """Take the exclusive lock of a file, or raise LockedError at once."""
        return _Flock(path)


class _Flock:
    """An advisory lock that the system drops when the process dies."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise LockedError(
                f"found another process writing to {path.parent}; needed to be the only one; wait until it has ended"
            ) from error

    def release(self) -> None:
        """Let the next writer in."""
        os.close(self._descriptor)


def _fsync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_dirs(files: Files, path: Path, mode: int = 0o755) -> None:
    """Make a folder and its parents, durably."""
    if files.exists(path):
        return
    make_dirs(files, path.parent)
    files.make_dir(path, mode)
    files.fsync_dir(path.parent)


def publish(files: Files, tmp: Path, contents: Sequence[tuple[Path, bytes]], mode: int = 0o644) -> None:
    """Write files durably, each under its name only when it is whole."""
    waiting = [(tmp / f"{number}-{path.name}", path) for number, (path, _) in enumerate(contents)]
    try:
        for (draft, _), (_, data) in zip(waiting, contents, strict=True):
            files.write_new(draft, [data], mode)
            files.fsync(draft)
        for draft, path in waiting:
            make_dirs(files, path.parent)
            files.rename(draft, path)
    finally:
        discard(files, [draft for draft, _ in waiting])
    for folder in sorted({path.parent for path, _ in contents}):
        files.fsync_dir(folder)


def discard(files: Files, drafts: Iterable[Path]) -> None:
    """Remove drafts that a failure left behind; a disk that refuses even that leaves them to the next opening."""
    for draft in drafts:
        with suppress(OSError):
            if files.exists(draft):
                files.remove(draft)


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turn what the disk refuses into one clear sentence."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise EvidenceError(
            f"found that the disk said {error.strerror or error!s}{where} while {doing}; needed room and permission "
            "there; nothing acknowledged is lost, so make room and run again"
        ) from error
