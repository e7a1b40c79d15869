"""NumericDate (RFC 7519, section 2; RFC 8392, section 2): seconds, perhaps with a fraction."""

import math

from verifier.errors import MalformedPayload
from verifier.model import UnixSeconds
from verifier.reasons import Reason

# The end of the year 9999: the last that RFC 3339 can write, and logs and answers do.
SECONDS_MAX = 253_402_300_799


def whole_seconds(value: object) -> UnixSeconds:
    """Return the first whole second that is not before `value`.

    Of whole seconds exactly these are at or after a beginning, and exactly those before it are
    before an end: neither bound moves for a clock that counts whole seconds.

    Raises:
        MalformedPayload: no number, or outside 0..SECONDS_MAX.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    if not 0 <= value <= SECONDS_MAX:  # nor NaN
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return UnixSeconds(math.ceil(value))
