"""What a check finds: one line."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that is right, or something to do; told says which value, or what to do."""

    subject: str
    ok: bool
    told: str

    def __str__(self) -> str:
        return f"{'ok' if self.ok else 'to do':<6} {self.subject:<18} {' '.join(self.told.split())}"


def ok(subject: str, told: str) -> Finding:
    """Return the finding that something is right."""
    return Finding(subject, ok=True, told=told)


def to_do(subject: str, told: str) -> Finding:
    """Return the finding that something has to be done."""
    return Finding(subject, ok=False, told=told)
