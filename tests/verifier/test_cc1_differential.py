"""Product and oracle are put the same broken codes, and must give the same reason."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.oracle.cc1 import base45, cbor, codes
from tests.oracle.cc1 import judge as oracle
from tests.oracle.cc1.cbor import head
from tests.oracle.cc1.scene import (
    DAY,
    ISSUER,
    KID,
    NOW,
    OTHER_ISSUER,
    OTHER_PHONE,
    PHONE,
    Case,
    ListOf,
    Pairs,
    Raw,
    cnf_of,
    entry,
    public,
    spell,
)
from tests.support.cc1_pack import circumstances, product, reason_of

pytestmark = pytest.mark.slow

KEYS = (
    entry(capabilities=0b0111111),
    entry(OTHER_ISSUER, issuer="harbour.example", alg="Ed25519", status_lists="h/{shard}"),
)
WORLD = Case(
    name="",
    comment="",
    keys=KEYS,
    lists=[ListOf(), ListOf(issuer="harbour.example", name="h/0", values=(0,) * 32)],
).world
KNOWN = circumstances(WORLD)
ISSUERS, PHONES = (ISSUER, OTHER_ISSUER), (PHONE, OTHER_PHONE)


def agreed(text: bytes) -> oracle.Finding:
    """Return what both find of `text`; they differ on nothing."""
    finding = oracle.judge(text, WORLD)
    assert reason_of(product(text, KNOWN)) == finding.reason
    return finding


def assert_one_text(text: bytes) -> None:
    """Both agree, and what is admitted is written again as exactly the same text."""
    finding = agreed(text)
    if finding.parts is not None:
        assert rewritten(finding.parts) == text


def rewritten(code: codes.Code) -> bytes:
    """Return the text of a code from the values that a reader takes out of it, and no octets."""
    part, proof = code.issuer, code.holder
    claims = codes.issuer_claims(
        exp=part.exp,
        nbf=part.nbf,
        card=[1, part.subject, part.types, part.capabilities, part.status],
        holder_key=part.holder_key,
    )
    header = cbor.encode(codes.issuer_header(part.kid, part.alg))
    octets = cbor.encode([header, {}, cbor.encode(claims), part.signature])
    if proof is not None:
        header = spell({1: proof.alg, 13: Raw(octets)})
        said = codes.holder_claims(iat=proof.iat, aud=proof.aud, cnonce=proof.cnonce)
        octets = cbor.encode([header, {}, cbor.encode(said), proof.signature])
    return codes.to_text(octets).encode()


# --- codes that are well made, or nearly

MOMENTS = st.one_of(
    st.integers(NOW - 70, NOW + 25),
    st.sampled_from((NOW - DAY, NOW + DAY, (1 << 30) - 1, 1 << 30, (1 << 32) - 1, 1 << 32)),
)
WORDS = st.one_of(st.integers(0, 40), st.sampled_from((255, 256, 65_535, 65_536, 0xFFFF_FFFF)))
OTHER_KID = codes.kid_of(public(OTHER_ISSUER))
ALGS = st.sampled_from((codes.ALG_ED25519, codes.ALG_EDDSA))
AUDS = st.text(max_size=17, alphabet=st.characters(codec="utf-8"))
Draw = Callable[..., object]


def rarely(draw: Draw, usual: object, other: st.SearchStrategy[object]) -> object:
    """Return `usual`, or now and then another: so wrong things are met one at a time."""
    return draw(other) if draw(st.integers(0, 11)) == 11 else usual


def _issuer_claims(draw: Draw, *, dynamic: bool) -> dict[object, object]:
    card = [1, draw(st.binary(min_size=8, max_size=8)), draw(WORDS)]
    card += [rarely(draw, 37, st.integers(0, 127)), rarely(draw, 7, WORDS)]
    held = {8: cnf_of(draw(st.sampled_from(PHONES)))} if dynamic else {}
    exp, nbf = rarely(draw, NOW + DAY, MOMENTS), rarely(draw, NOW - DAY, MOMENTS)
    return {4: exp, 5: nbf} | held | {codes.CARD: card}


def _holder_claims(draw: Draw) -> dict[object, object]:
    aud, nonce = draw(st.one_of(st.none(), AUDS)), rarely(draw, None, st.binary(max_size=17))
    said: dict[object, object] = {} if aud is None else {3: aud}
    said[6] = rarely(draw, draw(st.integers(NOW - 60, NOW + 15)), MOMENTS)
    return said if nonce is None else said | {39: nonce}


def _header(draw: Draw) -> dict[object, object]:
    alg = rarely(draw, codes.ALG_ED25519, ALGS)
    return {1: alg, 4: rarely(draw, KID, st.sampled_from((OTHER_KID, OTHER_KID, bytes(8))))}


@st.composite
def well_made(draw: st.DrawFn, change: Draw = lambda tree, _draw: tree) -> bytes:
    """Return a code's octets, signed with the right keys as a rule, after `change` of one tree.

    A code's trees are its header, its claims and the frame around them, a phone's three times two.
    """
    dynamic = draw(st.booleans())
    chosen = draw(st.integers(0, 5 if dynamic else 2))

    def at(place: int, tree: object) -> object:
        return change(tree, draw) if place == chosen else tree

    header, claims = _header(draw), _issuer_claims(draw, dynamic=dynamic)
    key = rarely(draw, OTHER_ISSUER if header[4] == OTHER_KID else ISSUER, st.sampled_from(ISSUERS))
    octets = _signed(at(0, header), at(1, claims), key, b"", lambda tree: at(2, tree))
    if not dynamic:
        return octets
    right = OTHER_PHONE if claims[8] == cnf_of(OTHER_PHONE) else PHONE
    phone = rarely(draw, right, st.sampled_from(PHONES))
    outer = at(3, {1: draw(ALGS), 13: Raw(octets)})
    said = at(4, _holder_claims(draw))
    return _signed(outer, said, phone, codes.HOLDER_AAD, lambda tree: at(5, tree))


def _signed(
    header: object, claims: object, key: object, aad: bytes, change: Callable[[object], object]
) -> bytes:
    protected, payload = spell(header), spell(claims)
    signature = key.sign(codes.sig_structure(protected, aad, payload)).signature
    return spell(change([protected, {}, payload, signature]))


# --- changes of a tree


def altered(tree: object, draw: Draw) -> object:
    """Return `tree` with one edit, somewhere in it."""
    if isinstance(tree, (list, dict)) and not isinstance(tree, Pairs) and draw(st.booleans()):
        return _altered_within(tree, draw)
    edits = [lambda: draw(ITEMS), lambda: _longer(tree, draw), lambda: _tagged(tree, draw)]
    if isinstance(tree, (list, dict)):
        edits += [lambda: _reordered(tree, draw), lambda: _indefinite(tree)] * 2
    if isinstance(tree, (bytes, str)) and not isinstance(tree, Raw):
        edits += [lambda: _resized(tree, draw), lambda: _in_pieces(tree)]
    if isinstance(tree, Raw):
        edits += [lambda: Raw(_resized(tree, draw))]
    if isinstance(tree, bytes) and not isinstance(tree, Raw):
        size = len(tree)
        edits += [lambda: draw(st.binary(min_size=size, max_size=size))] * 3
    if isinstance(tree, int):
        edits += [lambda: (tree + draw(st.sampled_from(STEPS))) % (1 << 33)] * 4
    return draw(st.sampled_from(edits))()


def _altered_within(tree: object, draw: Draw) -> object:
    if isinstance(tree, list):
        index = draw(st.integers(0, max(0, len(tree) - 1)))
        return [altered(m, draw) if i == index else m for i, m in enumerate(tree)]
    index = draw(st.integers(0, max(0, len(tree) - 1)))
    label = draw(st.booleans()) and draw(st.booleans())
    return Pairs(
        (
            altered(key, draw) if i == index and label else key,
            altered(value, draw) if i == index and not label else value,
        )
        for i, (key, value) in enumerate(tree.items())
    )


STEPS = (-(1 << 20), -DAY, -61, -1, 1, 16, DAY, 1 << 20, 1 << 32)
LEAVES = st.one_of(
    st.integers(-(1 << 33), 1 << 33),
    st.binary(max_size=9),
    st.text(max_size=4, alphabet=st.characters(codec="utf-8")),
    st.sampled_from((Raw(b"\xf6"), Raw(b"\xf5"), Raw(b"\xf9\x3c\x00"), Raw(b"\xff"), Raw(b""))),
)
ITEMS = st.one_of(
    LEAVES, st.lists(LEAVES, max_size=3), st.dictionaries(st.integers(-50, 50), LEAVES, max_size=2)
)


def _longer(tree: object, draw: Draw) -> object:
    octets = spell(tree)
    if not octets or octets[0] & 31 > 27:
        return tree
    kind, low = divmod(octets[0], 32)
    width = 0 if low < 24 else 1 << (low - 24)
    number = int.from_bytes(octets[1 : 1 + width], "big") if width else low
    wider = [one for one in (1, 2, 4, 8) if one > width] or [8]
    return Raw(head(kind, number, draw(st.sampled_from(wider))) + octets[1 + width :])


def _tagged(tree: object, draw: Draw) -> object:
    return Raw(head(6, draw(st.sampled_from((1, 2, 18, 24, 61, 55_799)))) + spell(tree))


def _reordered(tree: object, draw: Draw) -> object:
    members = list(tree.items()) if isinstance(tree, dict) else list(tree)
    made = Pairs if isinstance(tree, (dict, Pairs)) else list
    if members and draw(st.booleans()):
        index = draw(st.integers(0, len(members) - 1))
        twice = draw(st.booleans())
        return made(members[: index + twice] + members[index + (not twice) :])
    if draw(st.booleans()):
        extra = (draw(st.integers(-3, 41)), draw(LEAVES)) if made is Pairs else draw(LEAVES)
        return made(
            sorted([*members, extra], key=spell_key) if made is Pairs else [*members, extra]
        )
    return made(draw(st.permutations(members)))


def spell_key(pair: tuple[object, object]) -> bytes:
    """Return what deterministic CBOR sorts by."""
    return spell(pair[0])


def _indefinite(tree: object) -> object:
    octets = spell(tree)
    return Raw(bytes([octets[0] & 0xE0 | 31]) + octets[1:] + b"\xff")


def _in_pieces(tree: object) -> object:
    octets = spell(tree)
    return Raw(bytes([octets[0] & 0xE0 | 31]) + octets + b"\xff")


def _resized(tree: object, draw: Draw) -> object:
    return draw(st.sampled_from((tree[:-1], tree[1:], tree + tree[:1], tree + tree, tree[:0])))


# --- the properties


@given(octets=well_made())
@settings(max_examples=300)
def test_well_made_codes_are_judged_alike_and_have_one_text(octets: bytes) -> None:
    assert_one_text(codes.to_text(octets).encode())


@given(octets=well_made(altered))
@settings(max_examples=1_000)
def test_codes_with_one_edit_signed_again_are_judged_alike(octets: bytes) -> None:
    assert_one_text(codes.to_text(octets).encode())


@given(octets=well_made(lambda tree, draw: altered(altered(tree, draw), draw)))
@settings(max_examples=300)
def test_codes_with_two_edits_signed_again_are_judged_alike(octets: bytes) -> None:
    assert_one_text(codes.to_text(octets).encode())


@given(octets=well_made(), bits=st.lists(st.integers(0, 8 * 288 - 1), min_size=1, max_size=3))
@settings(max_examples=500)
def test_codes_with_changed_bits_are_judged_alike(octets: bytes, bits: list[int]) -> None:
    changed = bytearray(octets)
    for bit in bits:
        changed[(bit >> 3) % len(changed)] ^= 1 << (bit & 7)
    assert_one_text(codes.to_text(bytes(changed)).encode())


@given(one=well_made(), other=well_made(), data=st.data())
@settings(max_examples=300)
def test_splices_of_two_codes_are_judged_alike(
    one: bytes, other: bytes, data: st.DataObject
) -> None:
    before = data.draw(st.integers(0, len(one)))
    behind = data.draw(st.one_of(st.just(before), st.integers(0, len(other))))
    assert_one_text(codes.to_text(one[:before] + other[behind:]).encode())


@given(octets=well_made(), data=st.data())
@settings(max_examples=300)
def test_texts_with_changed_characters_are_judged_alike(octets: bytes, data: st.DataObject) -> None:
    text = bytearray(codes.to_text(octets).encode())
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(text) - 1))
        character = data.draw(
            st.one_of(st.sampled_from(list(base45.ALPHABET.encode())), st.integers(0, 255))
        )
        text[place] = character
    assert_one_text(bytes(text))


@given(text=st.binary(max_size=440))
@example(text=b"")
@settings(max_examples=300)
def test_noise_is_judged_alike(text: bytes) -> None:
    agreed(text)
    agreed(b"CC1:" + text)
    agreed(codes.to_text(text).encode())
