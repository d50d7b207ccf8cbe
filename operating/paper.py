"""What reports are written on: a page of HTML that needs nothing else, in a browser's own light or dark colours."""

import string
from importlib.resources import files


def written(package: str, name: str, *, title: str, **words: str) -> str:
    """Fill a template of a page.

    Args:
        package: Where the template lies.
        name: Of its file; `$head` stands for all that comes before the styles of its own.
        title: As HTML.
        words: What stands for the other names in it, as HTML.

    Raises:
        KeyError: A name in it stands for nothing.
    """
    head = string.Template(files("operating").joinpath("head.html").read_text(encoding="utf-8"))
    template = string.Template(files(package).joinpath(name).read_text(encoding="utf-8"))
    return template.substitute(words, head=head.substitute(title=title), title=title)
