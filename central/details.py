"""Opening what terminals sealed for the centre: the one place where details are read."""

from collections.abc import Collection, Mapping

from protocol.keys import OpeningKey
from protocol.sealed import open_details, read_sealed
from verifier.trust import kid_of


def details_of(
    fields: Mapping[str, object], keys: Collection[OpeningKey]
) -> dict[str, object] | None:
    """Return the details that a journal entry carries; None: it carries none.

    Args:
        fields: all members of the entry.
        keys: the centre's seal keys, the present one and those before it.

    Raises:
        ValueError: the box is out of form, altered, or sealed to a key that is not here.
    """
    if "sealed" not in fields:
        return None
    sealed = read_sealed(fields["sealed"])
    key = next((key for key in keys if kid_of(key.public) == sealed.kid), None)
    if key is None:
        raise ValueError(f"the details are sealed to key {sealed.kid.hex()}, which is not here")
    return open_details(sealed, key)
