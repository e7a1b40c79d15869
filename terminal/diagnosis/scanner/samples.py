"""The codes that a technician shows to a scanner; each shows faults that others can't.

They are test texts: no family of codes claims them, and they name nobody.
"""

from dataclasses import dataclass
from importlib.resources import files

# Base45's alphabet (RFC 9285, table 1) behind the small letters, which it has not. No two
# neighbours are equal, so that a doubled one shows.
TEXT = "ST1:aBcDeFgHiJkLmNoPqRsTuVwXyZ AbCdEfGhIjKlMnOpQrStUvWxYz 0123456789 $%*+-./: 1END"
# As long as the longest dynamic citizen code (375 characters) and some more; each block of four
# says where it stands, so that a cut shows its place.
LONG = "ST2:" + "".join(f"{place:03d}/" for place in range(4, 400, 4)) + "2END"
# An octet 0, at which programs in C cut, and characters of two and three octets in UTF-8. Its
# code carries ECI 26, which some scanners write out as \000026.
OCTETS = "ST3:before\0after é 市民码 3END"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One code to show."""

    name: str
    octets: bytes
    is_typeable: bool  # keys can say it

    @property
    def modules(self) -> tuple[str, ...]:
        """Return its drawing, row by row: `1` is dark; a light border of four is not in it."""
        text = files(__package__).joinpath(f"{self.name}.code").read_text("ascii")
        return tuple(text.split())


SAMPLES: tuple[Sample, ...] = (
    Sample(name="text", octets=TEXT.encode(), is_typeable=True),
    Sample(name="long", octets=LONG.encode(), is_typeable=True),
    Sample(name="octets", octets=OCTETS.encode(), is_typeable=False),
)
