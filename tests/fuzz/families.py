"""Each family of codes as the fuzzer needs it: seeds, keys, how to change and sign again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.fuzz import foreign_codes
from tests.fuzz.cc1_codes import SEEDS, is_by, messages_of, mutated_code
from tests.fuzz.target import Mutator
from tests.support.cards import ISSUER, NOW, public
from tests.support.families import (
    claim169,
    cose,
    cwt,
    ed25519_key,
    health_card,
    jws,
    pretix,
    pretix_octets,
    shc,
    shc_key,
    ticket,
)
from tests.support.foreign import P256, certificate, certified, dcc, entry, seal, seal_data
from tests.support.trust import CARD_KEY, keys_json
from verifier.model import Role, SignedOctets, TrustedKey
from verifier.trust import load_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What the fuzzer is told of one family, that it may get inside."""

    prefix: bytes  # makes noise a text of the family
    seeds: tuple[bytes, ...]  # texts; the first is granted
    keys: tuple[TrustedKey, ...]  # what a terminal trusts for it
    is_signed: Callable[[SignedOctets], bool]  # by the test issuer, as another library sees it
    message_of: Callable[[bytes], bytes | None]  # what a text's signature covers; None: unsure
    words: tuple[bytes, ...] = ()
    mutate: Mutator | None = None


def _by_issuer(signed: SignedOctets) -> bool:
    return is_by(public(ISSUER), signed.message, signed.signature)


def _listed(document: dict[str, object]) -> tuple[TrustedKey, ...]:
    keys = load_keys(keys_json(document)).keys
    return tuple(key for (role, _), held in keys.items() for key in held if role is Role.CARD)


_STATUS = {"status_list": {"idx": 7, "uri": "https://city.example/statuslists/1"}}

KNOWN: Mapping[str, Family] = {
    "cc1": Family(
        prefix=b"CC1:",
        seeds=SEEDS,
        keys=(CARD_KEY,),
        is_signed=_by_issuer,
        message_of=lambda payload: messages_of(payload)[0],
        words=(b"CC1:", b"CC1Q:"),
        mutate=mutated_code,
    ),
    "claim169": Family(
        prefix=b"NCF",
        seeds=(
            claim169(),
            claim169(cose(cwt(_65535=_STATUS))),
            claim169(cose(cwt(_2="sub-7", _169={}, _4=None, _5=NOW - 0.5)), level=1),
            claim169(cose(unprotected={4: b"key-7"}, tag=None), level=6),
        ),
        keys=(ed25519_key("claim169"),),
        is_signed=_by_issuer,
        message_of=foreign_codes.cose_message,
        words=(b"V7F", b"Y9F", b"6BF", b"NCF"),
        mutate=foreign_codes.mutated_claim169,
    ),
    "eu-dcc": Family(
        prefix=b"HC1:",
        seeds=(dcc(), dcc(tags=b"\xd8\x3d\xd2")),
        keys=_listed(entry(P256)),
        is_signed=foreign_codes.is_by_p256,
        message_of=foreign_codes.cose_message,
        words=(b"HC1:", b"6BF", b"NCF"),
        mutate=foreign_codes.mutated_dcc,
    ),
    "shc": Family(
        prefix=b"shc:/",
        seeds=(shc(), shc(jws(health_card(exp=NOW + 60))), b"shc:/1/2/5676290952"),
        keys=(shc_key(),),
        is_signed=foreign_codes.is_by_p256,
        message_of=foreign_codes.jws_message,
        words=(b"shc:/", b"/", b"01"),
        mutate=foreign_codes.mutated_shc,
    ),
    "pretix": Family(
        prefix=b"",
        seeds=(
            pretix(),
            pretix(pretix_octets(ticket({1: "seed", 5: NOW - 9, 6: NOW + 9}))),
            pretix(pretix_octets(ticket({1: "seed", 2: 2**62, 3: 1, 4: 1}))),
        ),
        keys=(ed25519_key("pretix"),),
        is_signed=_by_issuer,
        message_of=foreign_codes.ticket_message,
        words=(b"==", b"AEAA", b"KAEA", b"QA"),
        mutate=foreign_codes.mutated_ticket,
    ),
    "vds-nc": Family(
        prefix=b'{"data":{"hdr":',
        seeds=(seal(), seal(seal_data(kind="icao.test", utci="T0007"))),
        keys=_listed(certified(certificate(P256), formats=["vds-nc"])),
        is_signed=foreign_codes.is_by_p256,
        message_of=foreign_codes.seal_message,
        words=(b'"data":', b'"hdr":', b'"msg":', b'"sig":', b'"cer":', b'"sigvl":', b"\\ud800"),
        mutate=foreign_codes.mutated_seal,
    ),
}
