"""XML from strangers: bounded in size and depth, and without a document type, so without entities."""

from typing import Any, Final
from xml.etree import ElementTree as ET

LARGEST: Final = 131_072
"""Bytes; descriptions of real routers have 2,000 to 30,000."""
DEEPEST: Final = 32


class XmlError(ValueError):
    """It is no XML, or more of it than there may be."""


class _Builder(ET.TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: Any, attrs: Any, /) -> Any:
        self._depth += 1
        if self._depth > DEEPEST:
            raise XmlError(f"more than {DEEPEST} elements in each other")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Any:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        """UPnP has none, and with one come entities that grow without end or read files."""
        raise XmlError("a document type, which could define entities")


def parse(data: bytes, *, largest: int = LARGEST) -> ET.Element:
    """Read a document in any encoding that it names.

    Raises:
        XmlError: it cannot be read, and the message says why.
    """
    if len(data) > largest:
        raise XmlError(f"{len(data)} bytes, and {largest} are allowed")
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 -- it has no entities
    try:
        parser.feed(data)
        root: ET.Element = parser.close()
    except XmlError:
        raise
    except (ET.ParseError, LookupError, ValueError) as error:
        raise XmlError(f"no XML: {error}") from None
    return root


def local_name(element: ET.Element) -> str:
    """The name of an element without its namespace, which devices get wrong."""
    return element.tag.rpartition("}")[2]


def child_text(element: ET.Element, name: str, *, longest: int = 256) -> str:
    """The text of a child by its local name, without blanks around it; empty if there is none."""
    for child in element:
        if local_name(child) == name:
            text = (child.text or "").strip()
            return "".join(one for one in text if one.isprintable())[:longest]
    return ""
