"""Which host is announced for a relayed transport address: the one that is bound, or one in its place behind a NAT."""

from dataclasses import dataclass
from ipaddress import ip_address

from relay.errors import SettingsError
from relay.interfaces import family_of, is_wildcard
from stunwire import Family


@dataclass(frozen=True, slots=True)
class Announcement:
    """A host in the place of a bound one.

    Args:
        public: what clients and peers are told.
        private: the bound host that a one-to-one NAT maps to it; None for whichever is bound.
    """

    public: str
    private: str | None = None


@dataclass(frozen=True, slots=True)
class Announcements:
    """All that are announced in the place of others."""

    entries: tuple[Announcement, ...] = ()

    @classmethod
    def read(cls, texts: tuple[str, ...]) -> "Announcements":
        """Read texts such as `203.0.113.7` or `203.0.113.7/10.0.0.7`.

        Raises:
            SettingsError: one is neither, mixes families, or says of a bound host what another says, too.
        """
        entries = tuple(_read(text) for text in texts)
        seen: dict[tuple[Family, str | None], str] = {}
        for text, entry in zip(texts, entries, strict=True):
            key = (family_of(entry.public), entry.private)
            if key in seen:
                raise SettingsError(
                    f"expected one external address for each family, or PUBLIC/PRIVATE for each "
                    f"local address, got {seen[key]} and {text}"
                )
            seen[key] = text
        return cls(entries)

    def of(self, bound: str) -> tuple[str, str]:
        """Give what to bind, and what to announce for it.

        On a wildcard the host that the NAT maps is bound, where it is known: there packets go out from it alone.
        """
        family = family_of(bound)
        same = [entry for entry in self.entries if family_of(entry.public) is family]
        for entry in same:
            if entry.private == bound:
                return bound, entry.public
        for entry in same:
            if entry.private is None:
                return bound, entry.public
        if same and same[0].private is not None and is_wildcard(bound):
            return same[0].private, same[0].public
        return bound, bound


def _read(text: str) -> Announcement:
    public, slash, private = text.partition("/")
    public = _host(public, text)
    if is_wildcard(public):
        raise SettingsError(f"expected an external address that peers can reach, got {text!r}")
    if not slash:
        return Announcement(public)
    private = _host(private, text)
    if family_of(public) is not family_of(private) or is_wildcard(private):
        raise SettingsError(
            f"expected PUBLIC/PRIVATE, two addresses of one family, such as "
            f"203.0.113.7/10.0.0.7, got {text!r}"
        )
    return Announcement(public, private)


def _host(host: str, text: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        raise SettingsError(
            f"expected an IP address, or PUBLIC/PRIVATE, as external address, got {text!r}"
        ) from None
