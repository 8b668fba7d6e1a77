"""The list of divergences: every entry names something that exists."""

from pathlib import Path as FilePath

import pytest

from comparison.divergences import load_divergences
from comparison.facts.catalogue import Catalogue, CatalogueError, load_catalogue

GOOD = """
[[divergence]]
target = "local"
fact = "SI-04"
paths = ["sdk-sync"]
seen = "something else"
reason = "one machine"
version = "1.0"
date = 2026-11-21
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_the_list_of_this_project_is_sound(catalogue: Catalogue) -> None:
    load_divergences(catalogue)


def test_a_good_entry_is_read(catalogue: Catalogue, tmp_path: FilePath) -> None:
    (row,) = load_divergences(catalogue, written(tmp_path, GOOD))
    assert (row.target, row.fact, row.seen) == ("local", "SI-04", "something else")


def test_an_entry_may_say_that_the_target_varies(catalogue: Catalogue, tmp_path: FilePath) -> None:
    rows = [
        load_divergences(catalogue, written(tmp_path, text))[0].varies
        for text in (GOOD, GOOD + "varies = true")
    ]
    assert rows == [False, True]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("SI-04", "SI-99"), "there is no fact SI-99"),
        (GOOD.replace('"local"', '"moon"'), "'moon' is not a valid TargetName"),
        (GOOD.replace('"sdk-sync"', '"fax"'), "'fax' is not a valid Path"),
        (GOOD.replace('"sdk-sync"', '"sqs"'), "fact SI-04 is not checked on every path"),
        (GOOD.replace('reason = "one machine"', ""), "missing or unknown: reason"),
        (GOOD.replace("2026-11-21", '"today"'), "date is not a date"),
        (GOOD + GOOD, "SI-04 on sdk-sync is listed twice"),
        (GOOD + "varies = false", "varies is true, or left out"),
        ("[[divergence", "is not TOML"),
    ],
)
def test_a_wrong_entry_is_named_in_one_line(
    catalogue: Catalogue, tmp_path: FilePath, text: str, told: str
) -> None:
    with pytest.raises(CatalogueError) as error:
        load_divergences(catalogue, written(tmp_path, text))
    assert told in str(error.value)
    assert str(error.value).startswith("divergences.toml")
    assert "\n" not in str(error.value).split("is not TOML")[0]


def written(folder: FilePath, text: str) -> FilePath:
    file = folder / "divergences.toml"
    file.write_text(text)
    return file
