"""SVG elements as text, everything escaped."""

import re
from collections.abc import Iterable
from typing import Final

from markupsafe import Markup, escape

Value = str | float
NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, however they are written."""


def element(name: str, /, *children: str, **attributes: Value) -> Markup:
    """Return an SVG element.

    An attribute is written without an underscore at its end (class_) and with hyphens for others.
    Children are escaped unless they are Markup.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
    )
    if not children:
        return Markup(f"<{name}{written}/>")  # noqa: S704 - every part is escaped above
    inner = joined(children)
    return Markup(f"<{name}{written}>{inner}</{name}>")  # noqa: S704 - every part is escaped


def joined(parts: Iterable[str]) -> Markup:
    """Put elements and texts together; texts that are not Markup are escaped."""
    return Markup("").join(part if isinstance(part, Markup) else in_xml(part) for part in parts)


def in_xml(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return NOT_IN_XML.sub("\ufffd", text)


def _plain(value: Value) -> str:
    return in_xml(value) if isinstance(value, str) else f"{value:g}"
