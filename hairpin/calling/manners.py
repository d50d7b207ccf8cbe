"""How `hairpin call` behaves to another member: it prints what is said, and sends back what comes if it is told to."""

from collections.abc import Sequence

from hairpin.calling.media import Media
from hairpin.calling.messages import Message, shown
from hairpin.calling.names import shown_name
from hairpin.calling.plan import Doing
from hairpin.calling.screen import Screen
from peer import MediaStreamTrack, Session


class CallManners:
    """To one other member.

    Args:
        doing: What to do with messages.
        session: With it.
        media: What is sent.
        screen: Where to tell.
    """

    def __init__(self, doing: Doing, session: Session, media: Media, screen: Screen) -> None:
        self._doing = doing
        self._session = session
        self._media = media
        self._screen = screen

    def greeting(self) -> Sequence[Message]:
        """Nothing is said unasked."""
        return ()

    def answer(self, message: Message) -> Sequence[Message]:
        """Print it; an echo says it again."""
        self._screen.said(shown_name(self._session), shown(message))
        return (message,) if self._doing is Doing.ECHO else ()

    def take(self, track: MediaStreamTrack) -> None:
        """Send it back, if that is wanted."""
        if self._doing is Doing.ECHO:
            self._media.echo(self._session, track, track.kind)
