"""Texts that are no code, before CBOR is looked at."""

from collections.abc import Iterator

from tests.oracle.cc1.scene import Case, Raw, claims, cnf_of, dynamic, inner, static

PREFIX = "A prefix is four octets, and nothing is stripped, folded or widened."
LEFT = "Base45 of whole groups: one character left over is no octet."


def texts() -> Iterator[Case]:
    """Prefix, length and base45."""
    whole = Case(name="", comment="", octets=static()).scanned
    body = whole[4:]
    for name, comment, text, reason in (
        ("nothing", "An empty line is no code.", b"", "D.LEN"),
        ("half a prefix", PREFIX, b"CC1", "D.UNK"),
        (
            "a prefix alone",
            "No octets are no code; base45 of nothing is nothing.",
            b"CC1:",
            "D.FORM",
        ),
        ("prefix in lower case", PREFIX, b"cc1:" + body, "D.UNK"),
        ("prefix of version 2", PREFIX, b"CC2:" + body, "D.UNK"),
        ("prefix of a health pass", PREFIX, b"HC1:" + body, "D.UNK"),
        ("prefix without a colon", PREFIX, b"CC1" + body, "D.UNK"),
        ("prefix in full width", PREFIX, "ＣＣ１：".encode() + body, "D.UNK"),
        ("a space before", PREFIX, b" " + whole, "D.UNK"),
        ("a byte order mark before", PREFIX, b"\xef\xbb\xbf" + whole, "D.UNK"),
        ("no prefix", PREFIX, body, "D.UNK"),
        (
            "the prefix twice",
            "`CC1:` is of the alphabet: it decodes, to other octets.",
            b"CC1:" + whole,
            "D.B45",
        ),
        (
            "a line feed behind",
            "The reader of lines strips them; CC1 does not.",
            whole + b"\n",
            "D.B45",
        ),
        ("two line ends behind", "As above, two characters.", whole + b"\r\n", "D.B45"),
        ("a space behind", LEFT, whole + b" ", "D.B45"),
        ("a NUL behind", "No C string ends here.", whole + b"\0", "D.B45"),
        (
            "lower case",
            "Capitals alone, though a keyboard may fold them.",
            b"CC1:" + body.lower(),
            "D.B45",
        ),
        (
            "one letter in lower case",
            "As above.",
            whole[:-1] + whole[-1:].lower() if whole[-1:].isalpha() else whole[:-1] + b"a",
            "D.B45",
        ),
        (
            "a character outside the alphabet",
            "# is none of the 45.",
            whole[:50] + b"#" + whole[51:],
            "D.B45",
        ),
        (
            "a percent escape",
            "%20 is three characters of the alphabet but for no space.",
            whole[:50] + b"%2O" + whole[53:],
            None,
        ),
        (
            "a letter beyond ASCII",
            "Octets are looked at, not letters.",
            whole[:50] + "é".encode() + whole[52:],
            "D.B45",
        ),
        (
            "octets that are no UTF-8",
            "A scanner delivers octets.",
            whole[:50] + b"\xff\xfe" + whole[52:],
            "D.B45",
        ),
        ("one character left over", LEFT, b"CC1:" + b"0" * 4, "D.B45"),
        (
            "two characters are 256",
            "The first number that one octet does not hold.",
            b"CC1:V5",
            "D.B45",
        ),
        (
            "two characters are 255",
            "The last that it does; the octet is no code.",
            b"CC1:U5",
            "D.FORM",
        ),
        ("two characters, the most", "::, 2024.", b"CC1:::", "D.B45"),
        (
            "three characters are 65536",
            "The first number that two octets do not hold.",
            b"CC1:GGW"[:4] + _three(65_536),
            "D.B45",
        ),
        (
            "three characters are 65535",
            "The last that they do; the octets are no code.",
            b"CC1:" + _three(65_535),
            "D.FORM",
        ),
        ("three characters, the most", "91124.", b"CC1::::", "D.B45"),
        (
            "436 characters",
            "The longest text; its octets are no code.",
            b"CC1:" + b"0" * 432,
            "D.FORM",
        ),
        ("437 characters", "One more than the longest.", b"CC1:" + b"0" * 433, "D.LEN"),
        (
            "438 characters, base45",
            "Length comes before base45, which would pass.",
            b"CC1:" + b"0" * 434,
            "D.LEN",
        ),
        (
            "438 characters, no base45",
            "Length comes before base45, which would not.",
            b"CC1:" + b"a" * 434,
            "D.LEN",
        ),
        (
            "436 octets in fewer characters",
            "Octets are counted.",
            b"CC1:" + "é".encode() * 216,
            "D.B45",
        ),
        (
            "438 octets in fewer characters",
            "Octets are counted.",
            b"CC1:" + "é".encode() * 217,
            "D.LEN",
        ),
        (
            "two codes in one line",
            "The line end between two scans was lost.",
            whole + whole,
            "D.B45",
        ),
    ):
        if reason is not None:
            yield Case(name=name, comment=comment, text=text, reason=reason)
    yield Case(
        name="a code that would be too long",
        comment="Every field is in its range but a cnonce of 17: the length refuses it first.",
        octets=Raw(_too_long()),
        reason="D.LEN",
    )


def _three(number: int) -> bytes:
    alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    return bytes(alphabet[number // 45**power % 45] for power in range(3))


def _too_long() -> bytes:
    full = {"types": 0xFFFF_FFFF, "capabilities": 127, "status": 0xFFFF_FFFF}
    part = inner(claims(cnf=cnf_of(), **full))
    return dynamic({3: "0123456789abcdef", 6: 1_800_000_000, 39: bytes(17)}, issuer_part=part)
