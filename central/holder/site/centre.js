// What is asked of the centre: its time, and one test card for an invitation.

export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const toBase64url = (octets) =>
  btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

export function fromBase64url(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

// How far this clock is ahead of the centre's, in ms; half of what the question took is on its way.
export async function clockOffset() {
  const before = Date.now();
  const answer = await fetch("time", { cache: "no-store" });
  const after = Date.now();
  if (!answer.ok) throw new Refused("unreachable");
  const { now_ms: told } = await answer.json();
  return Math.round((before + after) / 2 - told);
}

export async function askCard(invitation, publicKey) {
  const body = JSON.stringify({ invitation, public_key: toBase64url(publicKey) });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("cards", { method: "POST", headers, body });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(told.title ?? "unreachable");
  return told;
}
