"""How a deployment package becomes a folder."""

import asyncio
import io
import stat
import zipfile
from pathlib import Path

import pytest

from emulator.engine import deployment_package
from emulator.engine.deployment_package import DeploymentPackages, unpack
from emulator.engine.runtime_folder import CannotRunFunction
from unit_tests.emulator.running_functions import function, zip_file


def test_files_keep_their_content_and_may_be_executed(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        program = zipfile.ZipInfo("bin/program")
        program.external_attr = 0o755 << 16
        archive.writestr(program, "#!/bin/sh")
        archive.writestr("empty/", "")
        archive.writestr("index.py", "pass")

    unpack(content.getvalue(), tmp_path / "code")

    assert (tmp_path / "code/index.py").read_text() == "pass"
    assert (tmp_path / "code/empty").is_dir()
    assert stat.S_IMODE((tmp_path / "code/bin/program").stat().st_mode) == 0o555
    assert stat.S_IMODE((tmp_path / "code").stat().st_mode) & 0o222 == 0


def test_files_stay_below_the_folder(tmp_path: Path) -> None:
    unpack(zip_file({"../outside.py": "", "/absolute.py": ""}), tmp_path / "code")

    assert sorted(path.name for path in (tmp_path / "code").iterdir()) == [
        "absolute.py",
        "outside.py",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["code"]


def damaged() -> bytes:
    """A zip file whose content was changed."""
    code = bytearray(zip_file({"index.py": "x" * 100}))
    code[60] ^= 0xFF
    return bytes(code)


@pytest.mark.parametrize("code", [b"", b"no zip", zip_file({"a": "b"})[:20], damaged()])
def test_what_is_no_zip_file_is_refused_in_the_words_of_aws(code: bytes, tmp_path: Path) -> None:
    with pytest.raises(CannotRunFunction, match="Could not unzip uploaded file"):
        unpack(code, tmp_path / "code")


def test_a_package_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment_package, "UNZIPPED_LIMIT_BYTES", 5)
    unpack(zip_file({"a": "123", "b": "12"}), tmp_path / "fits")

    with pytest.raises(CannotRunFunction, match="smaller than 5 bytes"):
        unpack(zip_file({"a": "123", "b": "123"}), tmp_path / "large")


def test_a_package_is_unpacked_once_and_kept_while_it_is_used(tmp_path: Path) -> None:
    code = function("pass")

    async def scenario() -> None:
        packages = DeploymentPackages(tmp_path)
        first, second = await asyncio.gather(packages.acquire(code), packages.acquire(code))
        assert first == second
        await packages.release(code)
        assert (first / "index.py").exists()
        await packages.release(code)
        assert not first.exists()
        assert (await packages.acquire(code) / "index.py").exists()

    asyncio.run(scenario())


def test_a_package_that_cannot_be_unpacked_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        packages = DeploymentPackages(tmp_path)
        for _ in range(2):
            with pytest.raises(CannotRunFunction):
                await packages.acquire(function(code=b"no zip"))

    asyncio.run(scenario())

    assert list(tmp_path.iterdir()) == []
