// As much CBOR (RFC 8949, deterministic) as a CC1 code needs; every value is its octets already.

const encoder = new TextEncoder();

export function join(...parts) {
  const octets = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let place = 0;
  for (const part of parts) {
    octets.set(part, place);
    place += part.length;
  }
  return octets;
}

function head(major, number) {
  const first = major << 5;
  if (number < 24) return Uint8Array.of(first | number);
  if (number < 0x100) return Uint8Array.of(first | 24, number);
  if (number < 0x10000) return Uint8Array.of(first | 25, number >>> 8, number & 255);
  if (number > 0xffffffff) throw new RangeError("a CBOR head over 32 bits");
  const octets = new Uint8Array(5);
  octets[0] = first | 26;
  new DataView(octets.buffer).setUint32(1, number);
  return octets;
}

export const integer = (number) => (number < 0 ? head(1, -1 - number) : head(0, number));
export const bytes = (octets) => join(head(2, octets.length), octets);
export const string = (text) => {
  const octets = encoder.encode(text);
  return join(head(3, octets.length), octets);
};
export const array = (...items) => join(head(4, items.length), ...items);

// Entries stand in the order of their keys, which is the caller's to keep.
export const map = (...entries) => join(head(5, entries.length), ...entries.flat());
