"""The check at start: a MiniStack that is not what the emulator was written for is refused."""

import types

import pytest

from emulator.ministack import start
from emulator.ministack.seams import Seam, SeamChanged, check, check_version, replace, wrap


def module(**names: object) -> types.ModuleType:
    made = types.ModuleType("made")
    vars(made).update(names)
    return made


def function(first: int, *rest: str, named: bool = True) -> None: ...


def test_the_installed_ministack_has_every_seam() -> None:
    check_version()
    for one in start.MODULES:
        check(one.SEAMS)


def test_another_version_is_refused_with_both_versions() -> None:
    with pytest.raises(SeamChanged, match=r"MiniStack 9\.9\.9 .* install ministack==1\.5\.33"):
        check_version(installed=lambda _package: "9.9.9")


def test_a_name_that_is_gone_is_named() -> None:
    seam = Seam("ministack.services.x", "_gone", "(a)")

    with pytest.raises(SeamChanged, match=r"ministack\.services\.x\._gone is missing"):
        check([seam], load=lambda _name: module())


def test_another_signature_is_shown_beside_the_expected_one() -> None:
    seam = Seam("x", "function", "(first, second)")

    with pytest.raises(SeamChanged) as changed:
        check([seam], load=lambda _name: module(function=function))

    assert "expected (first, second), found (first, *rest, named=True)" in str(changed.value)


def test_annotations_are_no_part_of_a_signature() -> None:
    seam = Seam("x", "function", "(first, *rest, named=True)")

    check([seam], load=lambda _name: module(function=function))


def test_a_function_that_became_a_value_is_refused() -> None:
    with pytest.raises(SeamChanged, match="found no function"):
        check([Seam("x", "function", "()")], load=lambda _name: module(function=1))


def test_a_value_only_has_to_be_there() -> None:
    check([Seam("x", "store")], load=lambda _name: module(store={}))


def test_a_seam_is_replaced_and_wrapped_for_every_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    made = module(number=lambda: 1)
    monkeypatch.setattr("importlib.import_module", lambda _name: made)
    seam = Seam("made", "number", "()")

    wrap(seam, lambda original: lambda: original() + 1)
    assert vars(made)["number"]() == 2

    replace(seam, lambda: 7)
    assert vars(made)["number"]() == 7
