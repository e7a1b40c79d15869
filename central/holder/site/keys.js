// The phone's key: made here, kept by the browser, and readable by nobody, this page included.

import { load, save } from "./card.js";

const NAME = "key";
const KIND = { name: "Ed25519" };

export class NoEd25519 extends Error {}
export class NoSecureContext extends Error {}

// Two calls return the same key: it is made once.
export async function phoneKey() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) throw new NoSecureContext();
  const kept = await load(NAME);
  if (kept) return kept;
  const made = await generate();
  await save(NAME, made);
  return made;
}

async function generate() {
  try {
    return await crypto.subtle.generateKey(KIND, false, ["sign", "verify"]);
  } catch (error) {
    if (error.name === "NotSupportedError") throw new NoEd25519();
    throw error;
  }
}

export async function publicOctets(key) {
  return new Uint8Array(await crypto.subtle.exportKey("raw", key.publicKey));
}

export async function signature(key, octets) {
  return new Uint8Array(await crypto.subtle.sign(KIND, key.privateKey, octets));
}
