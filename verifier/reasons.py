"""Every reason for which a presentation is not simply granted.

A code is a stage letter and a cause: D decode and form, S signature and keys, T time,
R revocation, P policy and replay. A released code never changes its meaning;
docs/reasons.md explains each to holder, attendant and technician.
"""

from enum import Enum


class Reason(Enum):
    """Why a presentation was refused, or sent to the attendant."""

    FORMAT_UNKNOWN = "D.UNK"
    PAYLOAD_LENGTH = "D.LEN"
    BASE45_MALFORMED = "D.B45"
    FORM_MALFORMED = "D.FORM"
    HOLDER_PROOF_MISSING = "D.CNF"
    CODE_IN_PARTS = "D.PART"

    KEY_UNKNOWN = "S.KEY"
    KEY_OUTSIDE_WINDOW = "S.KEX"
    ALGORITHM_NOT_THE_KEYS = "S.ALG"
    ISSUER_SIGNATURE_WRONG = "S.ISS"
    HOLDER_SIGNATURE_WRONG = "S.HLD"
    CAPABILITIES_EXCEED_KEY = "S.CAP"

    NOT_YET_VALID = "T.NBF"
    CREDENTIAL_EXPIRED = "T.EXP"
    PROOF_TOO_OLD = "T.OLD"
    PROOF_FROM_THE_FUTURE = "T.FUT"
    TERMINAL_CLOCK_UNTRUSTED = "T.CLK"

    REVOKED = "R.REV"
    SUSPENDED = "R.SUS"
    STATUS_VALUE_UNKNOWN = "R.VAL"
    STATUS_INDEX_OUTSIDE = "R.IDX"
    STATUS_LIST_UNKNOWN = "R.UNK"
    STATUS_LIST_EXPIRED = "R.OLD"

    KEYS_EXPIRED = "P.KEYS"
    FORMAT_NOT_FOR_LANE = "P.FMT"
    PAYMENT_CODE = "P.PAY"
    E_HEALTH_CODE = "P.EHC"
    TRANSIT_CODE = "P.TRN"
    FOREIGN_CITY_CODE = "P.CTY"
    SEVERAL_CARDS = "P.TWO"
    CAPABILITY_MISSING = "P.CAP"
    BOUND_TO_ANOTHER_LANE = "P.AUD"
    CHALLENGE_UNANSWERED = "P.CHL"
    STATIC_CODE = "P.STA"
    REPLAYED = "P.RPL"
    SHOWN_AGAIN = "P.RPS"
    TYPE_NOT_FOR_LANE = "P.TYP"
    OUTSIDE_HOURS = "P.HRS"
    PASSBACK = "P.APB"
    ENTRY_UNKNOWN = "P.ENT"
    TAPPED_AGAIN = "P.AGN"
    NOTHING_ASKED = "P.ARM"
    FLOOR_LIMIT = "P.FLR"
    CARD_COUNT_LIMIT = "P.CNT"
    CARD_SUM_LIMIT = "P.SUM"
    VELOCITY_LIMIT = "P.VEL"
    EXPOSURE_LIMIT = "P.EXP"
    DECLINED_ONLINE = "P.DCL"
    VALUE_STOPPED = "P.STP"
    ATTENDANT_UNKNOWN = "P.ATT"

    @property
    def names_nobody(self) -> bool:
        """True for a refusal that is counted, never recorded: it says nothing of a proven card."""
        return self.value[0] in "DS" or self in _NOBODYS


_NOBODYS = frozenset(
    {
        Reason.SEVERAL_CARDS,
        Reason.FORMAT_NOT_FOR_LANE,
        Reason.PAYMENT_CODE,
        Reason.E_HEALTH_CODE,
        Reason.TRANSIT_CODE,
        Reason.FOREIGN_CITY_CODE,
        Reason.NOTHING_ASKED,
        Reason.ATTENDANT_UNKNOWN,
    }
)
