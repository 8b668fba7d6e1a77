"""Deployment packages: a function's code, unpacked once for all its execution environments."""

import asyncio
import io
import itertools
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from emulator.engine.invocation import Function
from emulator.engine.runtime_folder import CannotRunFunction
from emulator.engine.watchdog import remove_tree

UNZIPPED_LIMIT_BYTES = 262_144_000
"""The largest deployment package (AWS Lambda quotas)."""


@dataclass
class _Package:
    folder: Path
    unpacked: asyncio.Task[None]
    users: int = 0


class DeploymentPackages:
    """Unpacked code by its SHA-256, kept as long as an execution environment uses it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._packages: dict[str, _Package] = {}
        self._numbers = itertools.count()

    async def acquire(self, function: Function) -> Path:
        """Return the folder with the function's code, which is read-only.

        Raises CannotRunFunction if the code is no zip file or too large.
        """
        package = self._packages.get(function.code_sha256)
        if package is None:
            folder = self._folder / str(next(self._numbers))
            unpacking = asyncio.create_task(asyncio.to_thread(unpack, function.code, folder))
            package = self._packages[function.code_sha256] = _Package(folder, unpacking)
        package.users += 1
        try:
            await asyncio.shield(package.unpacked)
        except BaseException:
            await self.release(function)
            raise
        return package.folder

    async def release(self, function: Function) -> None:
        """Give the folder back; the last user's release removes it."""
        package = self._packages[function.code_sha256]
        package.users -= 1
        if package.users == 0:
            del self._packages[function.code_sha256]
            await asyncio.wait({package.unpacked})
            await asyncio.to_thread(remove_tree, package.folder)


def unpack(code: bytes, folder: Path) -> None:
    """Unpack a zip file into a new folder and make it read-only. Raises CannotRunFunction."""
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > UNZIPPED_LIMIT_BYTES:
                raise CannotRunFunction(
                    f"Unzipped size must be smaller than {UNZIPPED_LIMIT_BYTES} bytes"
                )
            for entry in archive.infolist():
                _unpack_entry(archive, entry, folder)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError) as error:
        raise CannotRunFunction(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from error
    for path in (folder, *folder.rglob("*")):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)


def _unpack_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    path = Path(archive.extract(entry, folder))
    mode = stat.S_IMODE(entry.external_attr >> 16)
    path.chmod((mode or 0o755) | (0o755 if path.is_dir() else 0o444))
