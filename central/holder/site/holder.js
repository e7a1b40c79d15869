// The test page: an invitation in, a card out, its code drawn anew for as long as it is looked at.

import { forgetAll, load, save } from "./card.js";
import { askCard, clockOffset, fromBase64url, Refused } from "./centre.js";
import { dynamicCode } from "./code.js";
import { draw } from "./drawing.js";
import { NoEd25519, NoSecureContext, phoneKey, publicOctets, signature } from "./keys.js";
import { firstLanguage, WORDS } from "./words.js";

const CARD = "card";
const REDRAW_MS = 20_000; // a terminal takes a code for 60 s (docs/cc1.md)
const COMPARE_MS = 300_000;
// Within -60 s and +15 s a terminal accepts; a redraw and a slow hand need their part of that.
const BEHIND_S_MAX = 30;
const AHEAD_S_MAX = 10;

const $ = (id) => document.getElementById(id);
let language = firstLanguage();
let offset_ms = null;
let drawing = 0;
let held = null; // the key and card that are shown

function say(id, name) {
  $(id).textContent = name ? WORDS[language][name] : "";
  $(id).dataset.word = name;
}

function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = WORDS[language].title;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = WORDS[language][element.dataset.word] ?? "";
  }
  $("symbol").setAttribute("aria-label", WORDS[language].qr);
  tellEnd();
  tellClock();
}

function show(part) {
  for (const id of ["invite", "card"]) $(id).hidden = id !== part;
}

function trouble(name) {
  say("trouble", name);
}

function troubleOf(error) {
  if (error instanceof NoSecureContext) return "insecure";
  if (error instanceof NoEd25519) return "no-ed25519";
  if (error instanceof Refused) return error.code in WORDS.en ? error.code : "unreachable";
  if (error instanceof TypeError) return "unreachable"; // as fetch says that it reached nobody
  return "no-storage";
}

function tellClock() {
  if (offset_ms === null) {
    $("clock").textContent = WORDS[language].offsetUnknown;
    return;
  }
  const words = WORDS[language];
  const ahead_s = offset_ms / 1000;
  const tenths = Math.round(ahead_s * 10) / 10 || 0; // and never "-0.0"
  const told = `${words.offset} ${tenths > 0 ? "+" : ""}${tenths.toFixed(1)} ${words.seconds}`;
  const isBad = ahead_s > AHEAD_S_MAX || ahead_s < -BEHIND_S_MAX;
  $("clock").textContent = isBad ? `${told}. ${words.offsetBad}` : told;
  $("clock").dataset.bad = String(isBad);
}

function tellEnd() {
  const end = $("until").dateTime;
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  $("until").textContent = end && new Date(end).toLocaleString(locale);
}

async function compareClock() {
  try {
    offset_ms = await clockOffset();
  } catch {
    offset_ms = null; // the card goes on without: it is drawn offline
  }
  tellClock();
}

// By the centre's clock: by a phone's that is a day ahead a card would be thrown away unused.
function hasEnded(card) {
  return offset_ms !== null && (Date.now() - offset_ms) / 1000 >= card.expires_at;
}

async function redraw() {
  if (held === null) return;
  const { key, card } = held;
  if (hasEnded(card)) {
    await forget("ended");
    return;
  }
  const now_s = Math.floor(Date.now() / 1000);
  const text = await dynamicCode(card.issuerPart, now_s, (octets) => signature(key, octets));
  if (held?.card === card) draw($("symbol"), text);
}

async function forget(why) {
  clearInterval(drawing);
  held = null;
  $("symbol").replaceChildren();
  await forgetAll();
  show("invite");
  trouble(why);
}

async function showCard(key, card) {
  held = { key, card };
  show("card");
  trouble("");
  $("until").dateTime = new Date(card.expires_at * 1000).toISOString();
  tellEnd();
  clearInterval(drawing);
  drawing = setInterval(redraw, REDRAW_MS);
  await redraw();
}

async function begin(invitation) {
  const key = await phoneKey();
  const told = await askCard(invitation.trim(), await publicOctets(key));
  const card = { issuerPart: fromBase64url(told.issuer_part), expires_at: told.expires_at };
  await save(CARD, card);
  await showCard(key, card);
}

async function guarded(act) {
  $("ask").disabled = true;
  try {
    await act();
  } catch (error) {
    trouble(troubleOf(error));
  } finally {
    $("ask").disabled = false;
  }
}

async function start() {
  const key = await phoneKey();
  const kept = await load(CARD);
  if (kept) {
    await showCard(key, kept);
    return;
  }
  show("invite");
  const named = location.hash.slice(1);
  if (named) {
    $("code").value = named;
    history.replaceState(null, "", location.pathname); // a picture of the address gives nothing away
  }
}

$("invite").addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(() => begin($("code").value));
});
$("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  translate();
});
$("forget").addEventListener("click", () => guarded(() => forget("")));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) redraw();
});

translate();
guarded(start);
compareClock();
setInterval(compareClock, COMPARE_MS);
