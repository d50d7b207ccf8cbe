"""Names in a page all the modules that it imports, so that a browser asks for them at once and not one level after the other."""

import re
from collections.abc import Mapping
from posixpath import dirname, join, normpath
from typing import Final

#: Static ones; what `import()` brings is asked for when it is wanted.
_IMPORTS: Final = re.compile(rb'^(?:import|export) (?:[\w$*{}\s,]+ from )?"([^"]+)"', re.MULTILINE)
_ENTRY: Final = re.compile(rb'<script type="module" src="([^"]+)">')
_END: Final = b"</head>"


def with_preloads(document: bytes, files: Mapping[str, bytes]) -> bytes:
    """Give the document with a link to each module that its scripts import, near or far.

    Args:
        files: Modules and others, by path.

    Raises:
        KeyError: A module is imported that is not among the files.
    """
    entries = [each.decode() for each in _ENTRY.findall(document)]
    known = list(entries)
    for path in known:
        found = (join(dirname(path), each.decode()) for each in _IMPORTS.findall(files[path]))
        known += [each for each in dict.fromkeys(map(normpath, found)) if each not in known]
    links = "".join(f'<link rel="modulepreload" href="{each}">\n' for each in known[len(entries) :])
    return document.replace(_END, links.encode() + _END, 1)
