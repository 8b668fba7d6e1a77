"""The facts, the matrix of behaviours and the claims, read from the TOML files beside this module.

A fact says what AWS does, where that is documented or recorded, and what an observation of it looks
like (`comparison.facts.matching` compares the two). How it is observed is written elsewhere.

Names in an expectation, the same in every file:

    status, headers, body   the caller's HTTP response; a JSON body is parsed, header names are in
                            lower case
    details                 fields of the API response beside the body (FunctionError, ...)
    error, message          code and message of an API call that AWS refused
    seconds                 how long the caller waited
    attempts, outcome       how many times the function started on the job, how its last try ended
    gaps, delay             seconds between the starts of attempts, from sending to the first start
    request_ids             how many different request ids the attempts had
    receive_counts          ApproximateReceiveCount of each attempt
    batch_sizes             how many records the event of each attempt had
    endings                 where the job ended, in the words of `comparison.observation.Place`,
                            sorted
    destination             the record that a destination received
    dead_letter             body and attributes of the message in a dead-letter queue
    event                   the event as the function received it
    keys                    the names of all keys of a table, sorted

Any other name belongs to one fact and is explained where it says how to observe it. All times are
in seconds of AWS's time.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Final, TypeVar

from comparison.facts.matching import invalid
from comparison.path import Path

FACTS_FOLDER: Final = FilePath(__file__).parent
MATRIX_FILE: Final = "matrix.toml"
CLAIMS_FILE: Final = "claims.toml"

_T = TypeVar("_T")
_Choice = TypeVar("_Choice", bound=StrEnum)


class CatalogueError(Exception):
    """A file of the catalogue is unreadable or an entry in it is wrong; one line for the user."""


class Evidence(StrEnum):
    """What a fact rests on, the strongest first."""

    RECORDED = "recorded"
    """A response of AWS that a test run on AWS recorded."""
    CAPTURED = "captured"
    """Captures of AWS's responses, published by a third party."""
    PUBLISHED = "published"
    """A single published session with AWS: what curl and the execution log showed."""
    MODEL = "model"
    """The API model that AWS ships in its SDKs."""
    CDK = "cdk"
    """What the CDK synthesizes."""
    DOCUMENTED = "documented"
    """AWS's documentation."""
    FIELD = "field"
    """Reports by users: blogs, issues, forums."""
    UNCONFIRMED = "unconfirmed"
    """Nobody has shown it on AWS: observed and reported, never asserted."""


class ClaimVerdict(StrEnum):
    """What the observations are expected to say about a claim."""

    CONFIRMED = "confirmed"
    NOT_SUPPORTED = "not supported"


@dataclass(frozen=True)
class Fact:
    """One sentence about what AWS does, with its source.

    source is a URL; recorded is the date of the recording and recording says what was recorded.
    expected holds, for each path in paths, what a check has to observe there; it is empty when
    unchecked gives the reason why there is no check. observe says how to see the fact.
    """

    id: str
    section: str
    paths: tuple[Path, ...]
    statement: str
    source: str
    evidence: Evidence
    recorded: date | None = None
    recording: str | None = None
    observe: str | None = None
    expected: Mapping[Path, object] = field(default_factory=dict, hash=False)
    unchecked: str | None = None

    @property
    def is_checked(self) -> bool:
        """Whether there is something to observe."""
        return self.unchecked is None

    @property
    def is_asserted(self) -> bool:
        """Whether an observation that differs counts as a failure."""
        return self.is_checked and self.evidence is not Evidence.UNCONFIRMED


@dataclass(frozen=True)
class Cell:
    """What AWS does on one path, for one behaviour.

    A cell has either the ids of the facts that observe it, or the reason why nothing does
    (not_observed), or the reason why the question makes no sense there (not_applicable).
    """

    documented: str | None
    facts: tuple[str, ...] = ()
    not_observed: str | None = None
    not_applicable: str | None = None


@dataclass(frozen=True)
class Behaviour:
    """One row of the matrix: a question that the paths answer differently."""

    id: str
    question: str
    facts: tuple[str, ...]
    cells: Mapping[Path, Cell] = field(hash=False)


@dataclass(frozen=True)
class Claim:
    """A sentence that people repeat, with the experiment that tests it.

    facts are those that the experiment shows; those in decided_by speak of the claim itself: when
    they hold, the verdict is the expected one. The others show where the claim comes from.
    """

    id: str
    text: str
    verdict_expected: ClaimVerdict
    facts: tuple[str, ...]
    decided_by: tuple[str, ...]
    how: str


@dataclass(frozen=True)
class Catalogue:
    """All facts, behaviours and claims, in the order of the files."""

    facts: tuple[Fact, ...]
    behaviours: tuple[Behaviour, ...]
    claims: tuple[Claim, ...]

    def fact(self, identifier: str) -> Fact:
        """Return the fact with this id; KeyError when there is none."""
        for fact in self.facts:
            if fact.id == identifier:
                return fact
        raise KeyError(identifier)

    def facts_on(self, path: Path) -> tuple[Fact, ...]:
        """Return the checked facts that can be seen on a path."""
        return tuple(fact for fact in self.facts if path in fact.expected)


def load_catalogue(folder: FilePath = FACTS_FOLDER) -> Catalogue:
    """Read and check every TOML file of a folder.

    Raises CatalogueError, one line naming file and entry, at the first thing that is wrong.
    """
    facts: dict[str, Fact] = {}
    for file in sorted(folder.glob("*.toml")):
        if file.name not in {MATRIX_FILE, CLAIMS_FILE}:
            for entry in _entries(file, "fact"):
                _add(facts, entry, _fact(entry, file.stem))
    behaviours: dict[str, Behaviour] = {}
    for entry in _entries(folder / MATRIX_FILE, "behaviour"):
        _add(behaviours, entry, _behaviour(entry, facts))
    claims: dict[str, Claim] = {}
    for entry in _entries(folder / CLAIMS_FILE, "claim"):
        _add(claims, entry, _claim(entry, facts))
    return Catalogue(tuple(facts.values()), tuple(behaviours.values()), tuple(claims.values()))


def _add(entries: dict[str, _T], entry: "_Entry", value: _T) -> None:
    if entry.id in entries:
        raise entry.error("the id is used twice")
    entries[entry.id] = value


class _Entry:
    """A table of a TOML file whose keys are taken out one by one; what remains is unknown."""

    def __init__(self, table: Mapping[str, object], identifier: str, place: str) -> None:
        self._remaining = dict(table)
        self._place = place
        self.id = identifier

    def error(self, what: str) -> CatalogueError:
        """Return the error that names this entry."""
        return CatalogueError(f"{self._place}: {what}")

    def take(self, key: str, kind: type[_T]) -> _T | None:
        """Take a value out; None when it is not there."""
        value = self._remaining.pop(key, None)
        if value is None or isinstance(value, kind):
            return value
        raise self.error(f"{key} is not a {kind.__name__}")

    def optional_text(self, key: str) -> str | None:
        """Take a text out, which must not be blank; None when it is not there."""
        text = self.take(key, str)
        if text is not None and not text.strip():
            raise self.error(f"{key} is blank")
        return text

    def text(self, key: str) -> str:
        """Take out a text that must be there."""
        text = self.optional_text(key)
        if text is None:
            raise self.error(f"{key} is missing")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """Take out a list of texts, which may be empty or missing."""
        texts = self.take(key, list) or []
        if not all(isinstance(text, str) for text in texts):
            raise self.error(f"{key} is not a list of texts")
        return tuple(texts)

    def choice(self, key: str, choices: type[_Choice]) -> _Choice:
        """Take out a text that is one of an enumeration."""
        return self.chosen(key, self.text(key), choices)

    def chosen(self, key: str, text: str, choices: type[_Choice]) -> _Choice:
        """Return the member of an enumeration that a text stands for."""
        try:
            return choices(text)
        except ValueError:
            raise self.error(f"{key}: {text!r} is none of {', '.join(choices)}") from None

    def inner(self, key: str) -> "_Entry":
        """Take out a table, as an entry of its own."""
        table = self.take(key, dict)
        if table is None:
            raise self.error(f"{key} is missing")
        return _Entry(table, self.id, f"{self._place}: {key}")

    def finish(self) -> None:
        """Raise CatalogueError when a key was not taken out."""
        if self._remaining:
            raise self.error(f"{next(iter(self._remaining))!r} is not a key of this entry")


def _entries(file: FilePath, kind: str) -> Iterable[_Entry]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{file.name}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise CatalogueError(f"{file.name}: is not TOML: {error}") from None
    tables = document.pop(kind, [])
    if document:
        raise CatalogueError(f"{file.name}: {next(iter(document))!r} is no [[{kind}]]")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise CatalogueError(f"{file.name}: {kind!r} is no list of tables")
    for number, table in enumerate(tables, 1):
        identifier = table.pop("id", None)
        if not isinstance(identifier, str) or not identifier:
            raise CatalogueError(f"{file.name}: {kind} number {number}: id is missing")
        yield _Entry(table, identifier, f"{file.name}: {kind} {identifier}")


def _fact(entry: _Entry, section: str) -> Fact:
    paths = tuple(entry.chosen("paths", text, Path) for text in entry.texts("paths"))
    fact = Fact(
        id=entry.id,
        section=section,
        paths=paths,
        statement=entry.text("statement"),
        source=_url(entry),
        evidence=entry.choice("evidence", Evidence),
        recorded=entry.take("recorded", date),
        recording=entry.optional_text("recording"),
        observe=entry.optional_text("observe"),
        expected=_expected(entry, paths),
        unchecked=entry.optional_text("unchecked"),
    )
    entry.finish()
    if fact.expected and fact.unchecked:
        raise entry.error("expected and unchecked exclude each other")
    if not fact.expected and not fact.unchecked:
        raise entry.error("neither expected nor unchecked is given")
    if fact.expected and not fact.observe:
        raise entry.error("observe is missing")
    return fact


def _url(entry: _Entry) -> str:
    source = entry.text("source")
    if not source.startswith("https://"):
        raise entry.error(f"source {source!r} is no https:// address")
    return source


def _expected(entry: _Entry, paths: tuple[Path, ...]) -> Mapping[Path, object]:
    same = entry.take("expected", object)
    by_path = entry.take("expected_by_path", dict)
    if by_path is None:
        expected = {} if same is None else dict.fromkeys(paths, same)
    else:
        expected = {entry.chosen("expected_by_path", key, Path): by_path[key] for key in by_path}
        if same is not None or set(expected) != set(paths):
            raise entry.error("expected_by_path must stand alone and have exactly the paths")
    if same is not None and not paths:
        raise entry.error("paths is missing")
    for path, value in expected.items():
        if reason := invalid(value):
            raise entry.error(f"expected on {path}: {reason}")
    return expected


def _behaviour(entry: _Entry, facts: Mapping[str, Fact]) -> Behaviour:
    question = entry.text("question")
    named = _known_facts(entry, facts)
    cells = entry.inner("cells")
    entry.finish()
    by_path = {path: _cell(cells.inner(path), path, facts) for path in Path}
    cells.finish()
    return Behaviour(entry.id, question, named, by_path)


def _cell(entry: _Entry, path: Path, facts: Mapping[str, Fact]) -> Cell:
    not_applicable = entry.optional_text("not_applicable")
    if not_applicable:
        entry.finish()
        return Cell(None, not_applicable=not_applicable)
    documented = entry.text("documented")
    named = _known_facts(entry, facts)
    not_observed = entry.optional_text("not_observed")
    entry.finish()
    for identifier in named:
        if path not in facts[identifier].expected:
            raise entry.error(f"fact {identifier} is not checked on this path")
    if bool(named) == bool(not_observed):
        raise entry.error("needs either facts or not_observed")
    return Cell(documented, named, not_observed)


def _claim(entry: _Entry, facts: Mapping[str, Fact]) -> Claim:
    claim = Claim(
        id=entry.id,
        text=entry.text("text"),
        verdict_expected=entry.choice("verdict_expected", ClaimVerdict),
        facts=_known_facts(entry, facts),
        decided_by=entry.texts("decided_by"),
        how=entry.text("how"),
    )
    entry.finish()
    if not claim.facts:
        raise entry.error("facts is missing")
    if not claim.decided_by or not set(claim.decided_by) <= set(claim.facts):
        raise entry.error("decided_by must name some of its facts")
    return claim


def _known_facts(entry: _Entry, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    identifiers = entry.texts("facts")
    for identifier in identifiers:
        if identifier not in facts:
            raise entry.error(f"there is no fact {identifier}")
    return identifiers
