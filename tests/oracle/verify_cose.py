"""Say what two independent COSE libraries think of the layers of CC1 codes.

Run by the Python of another virtualenv (requirements.txt beside this file): nothing of the project
is imported. Reads one JSON object a line, all values hex: `issuer`, `issuer_key`, `holder`,
`holder_key`, `aad`. Prints one a line: for each library and layer true, false, or null where
the library does not know the algorithm; and the claims that python-cwt found.
"""

import json
import sys

import cbor2
from cwt import COSE, COSEKey
from cwt.exceptions import CWTError
from pycose.exceptions import CoseException
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

TAG_SIGN1 = b"\xd2"  # a code is untagged; libraries want to be told what it is
ALG_EDDSA = -8


def main() -> None:
    for line in sys.stdin:
        given = {name: bytes.fromhex(value) for name, value in json.loads(line).items()}
        issuer = (given["issuer"], given["issuer_key"], b"")
        holder = (given["holder"], given["holder_key"], given["aad"])
        told = {
            "cwt": {"issuer": by_cwt(*issuer), "holder": by_cwt(*holder)},
            "pycose": {"issuer": by_pycose(*issuer), "holder": by_pycose(*holder)},
            "claims": claims(*issuer),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def by_cwt(octets: bytes, key: bytes, aad: bytes) -> bool:
    try:
        payload(octets, key, aad)
    except (CWTError, ValueError, TypeError):
        return False
    return True


def payload(octets: bytes, key: bytes, aad: bytes) -> bytes:
    header = protected(octets)
    named = {2: header[4]} if 4 in header else {}  # it looks keys up by kid where there is one
    cose_key = COSEKey.new({1: 1, **named, 3: header[1], -1: 6, -2: key})
    return COSE.new().decode(TAG_SIGN1 + octets, [cose_key], external_aad=aad)


def claims(octets: bytes, key: bytes, aad: bytes) -> dict[str, object] | None:
    if not by_cwt(octets, key, aad):
        return None
    found = cbor2.loads(payload(octets, key, aad))
    return {str(label): shown(value) for label, value in found.items()}


def shown(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [shown(each) for each in value]
    if isinstance(value, dict):
        return {str(label): shown(each) for label, each in value.items()}
    return value


def by_pycose(octets: bytes, key: bytes, aad: bytes) -> bool | None:
    try:
        if protected(octets)[1] != ALG_EDDSA:
            return None
        message = Sign1Message.decode(TAG_SIGN1 + octets)
        message.key = OKPKey(crv=Ed25519, x=key)
        message.external_aad = aad
        return bool(message.verify_signature())
    except (CoseException, ValueError, TypeError):
        return False


def protected(octets: bytes) -> dict[int, object]:
    """Return the protected header."""
    header: dict[int, object] = cbor2.loads(cbor2.loads(octets)[0])
    return header


if __name__ == "__main__":
    main()
