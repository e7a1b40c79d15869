// One dynamic code (docs/cc1.md): the issuer's part, and the phone's own signature of the time.

import { base45 } from "./base45.js";
import { array, bytes, integer, map, string } from "./cbor.js";

const ALG = 1;
const KCWT = 13;
const IAT = 6;
const ED25519 = -19; // RFC 9864
const HOLDER = new TextEncoder().encode("cc1.holder");

// `sign` returns the 64 octets of an Ed25519 signature; `now_s` is whole UTC seconds.
export async function dynamicCode(issuerPart, now_s, sign) {
  const header = map([integer(ALG), integer(ED25519)], [integer(KCWT), issuerPart]);
  const claims = map([integer(IAT), integer(now_s)]);
  const signed = array(string("Signature1"), bytes(header), bytes(HOLDER), bytes(claims));
  const signature = await sign(signed);
  return `CC1:${base45(array(bytes(header), map(), bytes(claims), bytes(signature)))}`;
}
