"""NATs as options name them."""

import typer

import nat


def behavior_of(text: str | None, option: str) -> nat.Behavior:
    """Give the NAT that an option names; a port-restricted cone where it names none.

    Raises:
        typer.BadParameter: It is none that is known.
    """
    if text is None:
        return nat.PORT_RESTRICTED_CONE
    try:
        return nat.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
