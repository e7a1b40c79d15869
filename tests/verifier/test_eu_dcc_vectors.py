"""Every case of the EU's public test data, stage by stage, read in place."""

import base64
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.foreign import PublicKey, certified, entry, short
from tests.support.trust import clock, keys_json
from verifier.encoding import base45
from verifier.encoding.cbor_reader import Tagged, load
from verifier.encoding.inflate import inflate
from verifier.encoding.sign1 import read_sign1
from verifier.errors import MalformedPayload
from verifier.formats.eu_dcc import INFLATED_BYTES_MAX, PREFIX, EuDcc
from verifier.model import Check, CheckName, Failed, FreshnessLimits, Passed, Verdict
from verifier.pipeline import Judgement, judge
from verifier.profile import EntryType, Profile
from verifier.reasons import Reason
from verifier.trust import load_keys
from verifier.verify import Circumstances, TrustedSet

FAMILY = EuDcc()
CASES = 116
ANY_AGE = FreshnessLimits(soft_s=3_600, hard_s=3_600)
READER = Profile(
    name="reader",
    entry_type=EntryType.QUERY,
    formats=(FAMILY.name,),
    static=Verdict.GRANT,
    status_unknown=Verdict.GRANT,
    status_limits=ANY_AGE,
)

# What the cases expect: how many say so, and how many say not.
FLAGS = {
    "B45DECODE": (89, 1),
    "COMPRESSION": (79, 1),
    "DECODE": (97, 1),
    "ENCODE": (33, 0),
    "EXPIRATIONCHECK": (58, 2),
    "EXPTECTEDEXPIRED": (6, 0),  # as it is spelled there
    "KEYUSAGE": (26, 3),
    "PICTUREDECODE": (86, 1),
    "RESULTS": (2, 0),
    "SCHEMAVALIDATION": (90, 4),
    "UNPREFIX": (88, 2),
    "VALIDJSON": (85, 0),
    "VALIDOBJECT": (57, 0),
    "VERIFY": (98, 3),
}
# Of pictures, of makers of codes, or said of no stage: nothing of the verifier's.
NOT_THE_VERIFIERS = {"ENCODE", "EXPTECTEDEXPIRED", "PICTUREDECODE", "RESULTS", "VALIDOBJECT"}
STAGES = {"UNPREFIX", "B45DECODE", "COMPRESSION", "DECODE", "VALIDJSON", "SCHEMAVALIDATION"}
CHECKS = {"VERIFY", "EXPIRATIONCHECK", "KEYUSAGE"}
# By certificates that are not for the kind of statement made.
WRONG_KEY_USAGE = {"common/CO7", "common/CO9", "common/CO11"}
# Wrong values inside the statement, which is not judged; `common/DGC1` makes none at all.
STATEMENT_NOT_JUDGED = {"PL/7", "PL/8", "PL/9"}

# Cases whose expectation can't be met, and why it is theirs.
KNOWN_BAD = {
    "ES/401": "signed by a key of P-384; the EU's ES256 is of P-256 alone (volume 1)",
    "ES/403": "signed by a key of P-384; the EU's ES256 is of P-256 alone (volume 1)",
    "PL/1": "its JSON names another holder than the code",
    "PL/5": "its JSON names another holder than the code",
    "ES/1501": "the clock stands at exp, on which a CWT is over (RFC 8392, section 3.1.4)",
    "ES/1503": "the clock stands at exp, on which a CWT is over (RFC 8392, section 3.1.4)",
}

# What a lane says of each case that it refuses, the certificate being its trust list.
REFUSED = {
    "ES/1101": Reason.NOT_YET_VALID,  # the clock stands days before iat
    "ES/1103": Reason.NOT_YET_VALID,
    "ES/1501": Reason.CREDENTIAL_EXPIRED,
    "ES/1503": Reason.CREDENTIAL_EXPIRED,
    "ES/2101": Reason.NOT_YET_VALID,
    "ES/2103": Reason.NOT_YET_VALID,
    "ES/401": Reason.KEY_UNKNOWN,  # no key of P-384 is read
    "ES/403": Reason.KEY_UNKNOWN,
    "LU/INCERT_R_DCC_Recovery": Reason.NOT_YET_VALID,
    "PL/10": Reason.KEY_OUTSIDE_WINDOW,  # the card is over as well
    "PL/6": Reason.KEY_UNKNOWN,
    "common/B1": Reason.BASE45_MALFORMED,
    "common/CBO1": Reason.FORM_MALFORMED,
    **dict.fromkeys(sorted(WRONG_KEY_USAGE), Reason.CAPABILITIES_EXCEED_KEY),
    "common/CO17": Reason.KEY_OUTSIDE_WINDOW,  # the card is over as well
    "common/CO23": Reason.FORM_MALFORMED,  # its algorithm is not signed
    "common/CO5": Reason.ISSUER_SIGNATURE_WRONG,
    "common/DGC1": Reason.FORM_MALFORMED,
    "common/H1": Reason.FORMAT_UNKNOWN,
    "common/H3": Reason.FORMAT_UNKNOWN,
    "common/Z1": Reason.FORM_MALFORMED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file of the test data."""

    name: str
    members: dict[str, Any]
    flags: dict[str, bool]

    @property
    def payload(self) -> bytes:
        return str(self.members["PREFIX"]).encode()

    @property
    def certificate(self) -> bytes:
        return base64.b64decode(self.members["TESTCTX"]["CERTIFICATE"])

    @property
    def now(self) -> int:
        """The validation clock; what it says behind the second has passed too."""
        moment = datetime.fromisoformat(self.members["TESTCTX"]["VALIDATIONCLOCK"])
        at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return math.ceil(at.timestamp())

    def octets(self, name: str) -> bytes | None:
        """Return a stage as the file has it; some say nothing of it."""
        held = self.members.get(name)
        return bytes.fromhex(held) if held else None

    def compressed(self) -> bytes:
        return base45.decode(self.payload[len(PREFIX) :])

    def cose(self) -> bytes:
        return inflate(self.compressed(), size_max=INFLATED_BYTES_MAX)

    def claims(self) -> Any:
        return load(read_sign1(self.cose()).payload)


@pytest.fixture(scope="module")
def cases(shared: Path) -> dict[str, Case]:
    found = {}
    for path in sorted((shared / "vectors" / "dgc-testdata").rglob("*.json")):
        members = json.loads(path.read_bytes())
        told = members["EXPECTEDRESULTS"].items()
        country = path.relative_to(shared / "vectors" / "dgc-testdata").parts[0]
        name = f"{country}/{path.stem}"
        flags = {flag.removeprefix("EXPECTED"): value for flag, value in told}
        found[name] = Case(name=name, members=members, flags=flags)
    return found


def expecting(cases: dict[str, Case], flag: str, *, value: bool) -> Iterator[Case]:
    return (case for case in cases.values() if case.flags.get(flag) is value)


def names(found: Iterator[Case]) -> set[str]:
    return {case.name for case in found}


def judged(case: Case, *, by_key_alone: bool = False) -> Judgement:
    """Return what a lane says whose list has the case's certificate, or its bare key for ever."""
    listed = certified(case.certificate)
    if by_key_alone:
        public = x509.load_der_x509_certificate(case.certificate).public_key()
        assert isinstance(public, PublicKey)
        listed = entry(public, kid=short(case.certificate), nbf=0, exp=2**32 - 1)
    keys = load_keys(keys_json(listed)).keys
    known = Circumstances(
        trusted=TrustedSet(keys=keys, issued_at=None, lists={}),
        clock=clock(case.now),
        status_limits=ANY_AGE,
    )
    return judge(case.payload, profile=READER, lane=None, known=known, formats=(FAMILY,))


def check(case: Case, name: CheckName) -> Check:
    """Return one check of the case, made with a key that is valid for ever."""
    checks = judged(case, by_key_alone=True).verification.checks
    return checks[min(name.value, len(checks)) - 1]


def test_no_case_is_skipped_and_every_expectation_is_known(cases: dict[str, Case]) -> None:
    assert len(cases) == CASES
    told = Counter((flag, value) for case in cases.values() for flag, value in case.flags.items())
    assert {flag: (told[flag, True], told[flag, False]) for flag, _ in told} == FLAGS
    assert FLAGS.keys() == NOT_THE_VERIFIERS | STAGES | CHECKS
    assert cases.keys() >= KNOWN_BAD.keys() | REFUSED.keys()


def test_prefix_tells_the_family(cases: dict[str, Case]) -> None:
    for case in cases.values():
        assert FAMILY.claims(case.payload) is (case.flags.get("UNPREFIX") is not False), case.name


def test_base45_is_the_files(cases: dict[str, Case]) -> None:
    for case in expecting(cases, "B45DECODE", value=True):
        held = case.octets("COMPRESSED")
        assert held in (None, case.compressed()), case.name
    for case in expecting(cases, "B45DECODE", value=False):
        with pytest.raises(MalformedPayload):
            case.compressed()


def test_inflated_is_the_files(cases: dict[str, Case]) -> None:
    for case in expecting(cases, "COMPRESSION", value=True):
        assert case.octets("COSE") in (None, case.cose()), case.name
    for case in expecting(cases, "COMPRESSION", value=False):
        with pytest.raises(MalformedPayload):
            case.cose()


def test_claims_are_the_files(cases: dict[str, Case]) -> None:
    """Some files give all claims as CBOR, some the statement alone."""
    for case in expecting(cases, "DECODE", value=True):
        claims, held = case.claims(), case.octets("CBOR")
        assert held is not None, case.name
        assert load(held) in (claims, claims[-260][1]), case.name
        assert FAMILY.parse(case.payload).expires_at == math.ceil(claims[4]), case.name
    for case in expecting(cases, "DECODE", value=False):
        with pytest.raises(MalformedPayload):
            FAMILY.parse(case.payload)


def plain(value: object) -> object:
    """Return `value` as JSON has it: without tags, and without members that say nothing."""
    match value:
        case Tagged(value=inner):
            return plain(inner)
        case dict():
            return {key: plain(each) for key, each in value.items() if each is not None}
        case list():
            return [plain(each) for each in value]
        case _:
            return value


def test_statement_is_the_files(cases: dict[str, Case]) -> None:
    for case in expecting(cases, "VALIDJSON", value=True):
        held = case.members.get("JSON")
        is_same = plain(case.claims()[-260][1]) == plain(held)
        assert held is None or is_same is ("JSON" not in KNOWN_BAD.get(case.name, "")), case.name


def test_statement_is_made_once_and_not_judged(cases: dict[str, Case]) -> None:
    for case in expecting(cases, "SCHEMAVALIDATION", value=True):
        assert FAMILY.parse(case.payload).subject, case.name
    out_of_schema = names(expecting(cases, "SCHEMAVALIDATION", value=False))
    assert out_of_schema == STATEMENT_NOT_JUDGED | {"common/DGC1"}
    for name in STATEMENT_NOT_JUDGED:
        assert FAMILY.parse(cases[name].payload).subject


def test_signature_verifies_where_it_should_and_nowhere_else(cases: dict[str, Case]) -> None:
    for case in expecting(cases, "VERIFY", value=True):
        if "P-384" not in KNOWN_BAD.get(case.name, ""):
            assert isinstance(check(case, CheckName.ISSUER_SIGNATURE), Passed), case.name
    for case in expecting(cases, "VERIFY", value=False):
        assert not isinstance(check(case, CheckName.ISSUER_SIGNATURE), Passed), case.name


def test_expiry_is_told_where_it_should_be_and_nowhere_else(cases: dict[str, Case]) -> None:
    for case in expecting(cases, "EXPIRATIONCHECK", value=True):
        if case.name not in KNOWN_BAD and case.flags.get("VERIFY") is not False:
            assert isinstance(check(case, CheckName.WINDOW), Passed), case.name
    expired = Failed(name=CheckName.WINDOW, reason=Reason.CREDENTIAL_EXPIRED)
    for case in expecting(cases, "EXPIRATIONCHECK", value=False):
        assert check(case, CheckName.WINDOW) == expired, case.name


def test_key_usage_is_told_where_it_should_be_and_nowhere_else(cases: dict[str, Case]) -> None:
    wrong = expecting(cases, "KEYUSAGE", value=False)
    assert names(wrong) == WRONG_KEY_USAGE
    reason = Reason.CAPABILITIES_EXCEED_KEY
    for case in wrong:
        assert check(case, CheckName.KEY) == Failed(name=CheckName.KEY, reason=reason), case.name
    for case in expecting(cases, "KEYUSAGE", value=True):
        assert judged(case).verification.failure is not reason, case.name


def test_known_bad_files_are_bad_for_the_reasons_given(cases: dict[str, Case]) -> None:
    for name in ("ES/401", "ES/403"):
        case = cases[name]
        public = x509.load_der_x509_certificate(case.certificate).public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        assert public.curve.name == "secp384r1"
        assert len(read_sign1(case.cose()).signed.signature) == 96
    for name in ("ES/1501", "ES/1503"):
        assert cases[name].now == FAMILY.parse(cases[name].payload).expires_at


def test_lane_grants_every_case_but_those_listed(cases: dict[str, Case]) -> None:
    told = {name: judged(case).decision.reason for name, case in cases.items()}
    assert {name: reason for name, reason in told.items() if reason is not None} == REFUSED
