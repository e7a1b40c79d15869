"""Codes of good form that no key of the trust list proves."""

from collections.abc import Iterator

from tests.oracle.cc1 import codes, curve, points
from tests.oracle.cc1.scene import (
    ISSUER,
    KID,
    NOW,
    OTHER_ISSUER,
    OTHER_PHONE,
    PHONE,
    Case,
    Raw,
    claims,
    cnf_of,
    dynamic,
    entry,
    inner,
    public,
    spell,
    static,
)

ROLE = "One role a key: no other signs cards."
TRIED = "Every entry with the kid is tried; the furthest that any of them came is the reason."


def keys() -> Iterator[Case]:
    """`S.KEY`, `S.ALG`, `S.KEX` and `S.CAP`."""
    for name, comment, entries, reason in (
        ("an empty trust list", "None is not all.", [], "S.KEY"),
        ("another key only", "A kid that is not listed.", [entry(OTHER_ISSUER)], "S.KEY"),
        ("role status", ROLE, [entry(role="status")], "S.KEY"),
        ("role command", ROLE, [entry(role="command")], "S.KEY"),
        (
            "listed first in role status",
            "The first entry settles its role.",
            [entry(role="status"), entry()],
            "S.KEY",
        ),
        ("no families", "Left out means none.", [entry(formats=None)], "S.KEY"),
        ("an empty array of families", "None.", [entry(formats=[])], "S.KEY"),
        (
            "kid of another key",
            "A kid is worked out, not believed.",
            [entry(OTHER_ISSUER, kid=KID.hex())],
            "S.KEY",
        ),
        ("alg unknown", "Out of form: the entry is lost.", [entry(alg="ES256")], "S.KEY"),
        ("key of 31 octets", "Out of form: the entry is lost.", [entry(x="A" * 42)], "S.KEY"),
        (
            "capabilities of 128",
            "Out of form: the entry is lost.",
            [entry(capabilities=128)],
            "S.KEY",
        ),
        (
            "capabilities of -1",
            "Every bit of -1 is set: it would be within all.",
            [entry(capabilities=-1)],
            "S.KEY",
        ),
        (
            "capabilities as text",
            "Out of form: the entry is lost.",
            [entry(capabilities="127")],
            "S.KEY",
        ),
        (
            "x in plain base64",
            "RFC 8037 wants base64url.",
            [entry(x=str(entry()["x"]).replace("_", "/"))],
            "S.KEY",
        ),
        ("x padded", "RFC 7515 wants no padding.", [entry(x=str(entry()["x"]) + "=")], "S.KEY"),
        ("kty EC", "Out of form: the entry is lost.", [entry(kty="EC")], "S.KEY"),
        ("pinned to EdDSA", "The code says -19.", [entry(alg="EdDSA")], "S.ALG"),
        ("not yet", "One second before its window.", [entry(nbf=NOW + 1)], "S.KEX"),
        ("ended", "exp is not of the window.", [entry(exp=NOW)], "S.KEX"),
        ("a window that holds no second", "nbf above exp.", [entry(nbf=NOW + 1, exp=NOW)], "S.KEX"),
        ("pinned and ended", "The algorithm comes first.", [entry(alg="EdDSA", exp=NOW)], "S.ALG"),
        ("pinned once, ended once", TRIED, [entry(alg="EdDSA"), entry(exp=NOW)], "S.KEX"),
        ("ended once, pinned once", TRIED, [entry(exp=NOW), entry(alg="EdDSA")], "S.KEX"),
        (
            "a capability less",
            "Bits, not numbers: 37 is within 127 but not within 38.",
            [entry(capabilities=38)],
            "S.CAP",
        ),
        ("no capabilities", "Left out means 0.", [entry(capabilities=None)], "S.CAP"),
        (
            "capabilities spread over two entries",
            "They do not add up.",
            [entry(capabilities=36), entry(capabilities=1)],
            "S.CAP",
        ),
    ):
        yield Case(
            name=f"key: {name}", comment=comment, octets=static(), keys=entries, reason=reason
        )
    yield Case(
        name="key: pinned to Ed25519",
        comment="The code says -8, which names the same signatures.",
        octets=static(header={1: -8, 4: KID}),
        keys=[entry(alg="Ed25519")],
        reason="S.ALG",
    )
    for name, octets in (
        ("the identity", (1).to_bytes(32, "little")),
        ("of order 8", curve.compress(points.ORDER_8)),
        ("no point", (2).to_bytes(32, "little")),
        ("not canonical", points.IDENTITY_NOT_CANONICAL),
    ):
        yield Case(
            name=f"key: {name}",
            comment="A key of small order verifies signatures that nobody made.",
            octets=_forged(octets),
            keys=[entry(octets)],
            reason="S.KEY",
        )
    yield _mixed_issuer()


def _forged(key: bytes) -> Raw:
    protected, payload = spell({1: -19, 4: codes.kid_of(key)}), spell(claims())
    identity = (1).to_bytes(32, "little")
    return Raw(spell([protected, {}, payload, identity + bytes(32)]))


def _mixed_issuer() -> Case:
    key = points.mixed_key(ISSUER)
    protected, payload = spell({1: -19, 4: codes.kid_of(key)}), spell(claims())
    message = codes.sig_structure(protected, b"", payload)
    signature = points.sign_mixed(ISSUER, message, vanishes=True)
    return Case(
        name="key: with a torsion part",
        comment="Eight public keys would be one signer; the trust list takes one of them.",
        octets=Raw(spell([protected, {}, payload, signature])),
        keys=[entry(key)],
        reason="S.KEY",
    )


def issuer_signatures() -> Iterator[Case]:
    """`S.ISS`."""
    good = static()
    base = points.BASE
    message = codes.sig_structure(spell({1: -19, 4: KID}), b"", spell(claims()))
    identity = (1).to_bytes(32, "little")
    commitment = curve.compress(curve.add(base, points.ORDER_8))
    key = public(ISSUER)
    edge = "Libraries differ here; the verdict is libsodium's."
    for name, comment, signature in (
        ("zeros", "An empty signature.", bytes(64)),
        ("ones", "S is far above L.", b"\xff" * 64),
        (
            "S plus L",
            "A second signature of the same statement, which anybody can make.",
            points.with_longer_scalar(good)[-64:],
        ),
        ("R of small order", edge, points.sign(ISSUER, key, message, commitment=identity, nonce=0)),
        (
            "R not canonical",
            edge,
            points.sign(ISSUER, key, message, commitment=points.IDENTITY_NOT_CANONICAL, nonce=0),
        ),
        (
            "R with a torsion part",
            "Only a reader that multiplies by the cofactor takes it.",
            points.sign(ISSUER, key, message, commitment=commitment, nonce=1),
        ),
        ("R and S the other way round", "Little-endian, R first.", good[-32:] + good[-64:-32]),
        (
            "of the claims alone",
            "COSE signs a Sig_structure.",
            ISSUER.sign(spell(claims())).signature,
        ),
        (
            "of the context Signature",
            "That of COSE_Sign, not COSE_Sign1.",
            ISSUER.sign(message.replace(b"\x6aSignature1", b"\x69Signature")).signature,
        ),
        (
            "with a phone's aad",
            "Neither signature may stand for the other.",
            codes.sign(spell({1: -19, 4: KID}), spell(claims()), ISSUER, codes.HOLDER_AAD)[-64:],
        ),
        (
            "by another issuer",
            "The kid is no proof.",
            codes.sign(spell({1: -19, 4: KID}), spell(claims()), OTHER_ISSUER)[-64:],
        ),
        (
            "of another card",
            "A signature cut from one card and put on another.",
            static(claims(capabilities=36))[-64:],
        ),
    ):
        yield Case(
            name=f"issuer's signature: {name}",
            comment=comment,
            octets=Raw(good[:-64] + signature),
            reason="S.ISS",
        )
    yield Case(
        name="issuer's signature: kid of another listed key",
        comment="The kid chooses the key; the other one is not tried.",
        octets=static(header={1: -19, 4: codes.kid_of(public(OTHER_ISSUER))}),
        keys=[entry(), entry(OTHER_ISSUER)],
        reason="S.ISS",
    )
    altered = Raw(bytes(good).replace(spell(3) + b"\x18\x25\x05", spell(3) + b"\x18\x26\x05"))
    yield Case(
        name="issuer's signature: a capability changed",
        comment="The form holds, the statement does not.",
        octets=altered,
        reason="S.ISS",
    )
    part = Raw(bytes(inner())[:-64] + bytes(64))
    yield Case(
        name="issuer's signature: wrong within a phone's good proof",
        comment="Whoever holds a phone can prove a key; only an issuer can say whose it is.",
        octets=dynamic(issuer_part=part),
        reason="S.ISS",
    )
    yield Case(
        name="issuer's signature: a card key's part signed by a phone",
        comment="A phone's key is no issuer's.",
        octets=static(key=PHONE),
        reason="S.ISS",
    )


def phone_signatures() -> Iterator[Case]:
    """`S.HLD`."""
    good = dynamic()
    header, payload = {1: -19, 13: inner()}, {6: NOW}
    message = codes.sig_structure(spell(header), codes.HOLDER_AAD, spell(payload))
    later = dynamic({6: NOW + 1})
    for name, comment, signature in (
        ("zeros", "An empty signature.", bytes(64)),
        (
            "S plus L",
            "A second text of one presentation, which anybody can make.",
            points.with_longer_scalar(good)[-64:],
        ),
        (
            "R of small order",
            "Libraries differ here; the verdict is libsodium's.",
            points.sign(
                PHONE, public(PHONE), message, commitment=(1).to_bytes(32, "little"), nonce=0
            ),
        ),
        (
            "without the aad",
            "An issuer's external_aad is empty, a phone's is not.",
            dynamic(aad=b"")[-64:],
        ),
        ("with an aad of 9 octets", "Ten octets of ASCII.", dynamic(aad=b"cc1.holde")[-64:]),
        ("with the aad in capitals", "As above.", dynamic(aad=b"CC1.HOLDER")[-64:]),
        ("with a NUL behind the aad", "As above.", dynamic(aad=b"cc1.holder\0")[-64:]),
        ("by another phone", "Only the phone of cnf proves.", dynamic(key=OTHER_PHONE)[-64:]),
        ("by the issuer", "The issuer does not stand in for a phone.", dynamic(key=ISSUER)[-64:]),
        ("of another moment", "An old proof with its iat rewritten.", later[-64:]),
        (
            "of the issuer's part",
            "The issuer's signature, taken for the phone's.",
            bytes(inner())[-64:],
        ),
    ):
        yield Case(
            name=f"phone's signature: {name}",
            comment=comment,
            octets=Raw(good[:-64] + signature),
            reason="S.HLD",
        )
    fresh = inner(claims(cnf=cnf_of(), exp=NOW + 2 * 86_400))
    _protected, _, payload_octets, signature = codes.cbor.decode(good)
    yield Case(
        name="phone's signature: around another issuer's part of the same phone",
        comment="The proof signs the very part it stands around.",
        octets=Raw(spell([spell({1: -19, 13: fresh}), {}, payload_octets, signature])),
        reason="S.HLD",
    )
    yield from _small_phones()
    yield _mixed_phone()


def _small_phones() -> Iterator[Case]:
    identity = (1).to_bytes(32, "little")
    for name, key in (
        ("the identity", identity),
        ("the identity with a sign", points.IDENTITY_NEGATIVE),
        ("of order 2", curve.compress((0, curve.P - 1))),
        ("of order 4", bytes(32)),
        ("of order 8", curve.compress(points.ORDER_8)),
        ("not canonical", points.IDENTITY_NOT_CANONICAL),
        ("no point", (2).to_bytes(32, "little")),
    ):
        part = inner(claims(cnf=cnf_of(key)))
        protected, payload = spell({1: -19, 13: part}), spell({6: NOW})
        message = codes.sig_structure(protected, codes.HOLDER_AAD, payload)
        for of_r, comment, signature in (
            (
                "",
                "Signed by the issuer all the same: no signature under it proves anything.",
                identity + bytes(32),
            ),
            (
                ", R of large order",
                "The plain equation holds, and R is in order: the key itself must be looked at.",
                points.sign_without_key(key, message),
            ),
        ):
            if of_r and name == "no point":
                continue  # no equation holds of it
            yield Case(
                name=f"phone's key: {name}{of_r}",
                comment=comment,
                octets=Raw(spell([protected, {}, payload, signature])),
                reason="S.HLD",
            )


def _mixed_phone() -> Case:
    part = inner(claims(cnf=cnf_of(points.mixed_key(OTHER_PHONE))))
    protected, payload = spell({1: -19, 13: part}), spell({6: NOW})
    message = codes.sig_structure(protected, codes.HOLDER_AAD, payload)
    signature = points.sign_mixed(OTHER_PHONE, message, vanishes=False)
    return Case(
        name="phone's key: with a torsion part, which the signature leaves",
        comment="Only a reader that multiplies by the cofactor takes it.",
        octets=Raw(spell([protected, {}, payload, signature])),
        reason="S.HLD",
    )
