// A lane's screen: one thing said large, in the language of whoever stands before it.

import { follow, laneOf } from "./live.js";
import { Talk } from "./languages.js";
import { Voice } from "./speech.js";
import { LABELS, LOST, LEFT, money, since } from "./lane_words.js";

const ANSWERS = new Set(["granted", "refused", "help"]);
const CHIMES = { granted: "ok", refused: "deny", help: "refer", "held-open": "held-open" };
const BADGES = { offline: "offline", stale: "stale", clock: "clock", degraded: "wrench", "no-money": "coin" };
const KINDS = { offline: "wait", stale: "wait", clock: "bad", degraded: "wait", "no-money": "bad" };
// A code is mostly decided before this: a screen that flickers says less than one that waits.
const READING_MS = 150;
// From more letters than this a text is set smaller: on a small panel it would stand on the buttons.
const LONG = 72;
// Who reads slowly has longer to read.
const SENIOR_FACTOR = 1.6;

const part = (id) => document.getElementById(id);
const lane = laneOf(location);
const talk = new Talk(document.documentElement);
const voice = new Voice();
const page = { screen: null, live: null, timer: 0, until: 0, number: null, idle: 0, settings: { idle_s: 60 } };

function take(screen) {
  clearTimeout(page.timer);
  const wait = waitFor(screen);
  if (wait > 0) page.timer = setTimeout(() => show(screen), wait);
  else show(screen);
}

// Milliseconds until a screen may take the place of what is shown: an answer has its time.
function waitFor(screen) {
  if (screen.view === "reading") return READING_MS;
  return screen.view === "idle" ? page.until - performance.now() : 0;
}

function show(screen) {
  const isAnswer = ANSWERS.has(screen.view);
  const isNew = page.number !== null && isAnswer && screen.number !== page.number;
  // The same answer, told again with another badge: its time runs on.
  const isSame = isAnswer && page.screen?.view === screen.view && screen.number === page.number;
  if (!isSame) page.until = isAnswer ? performance.now() + stay(screen) : 0;
  if (isAnswer || page.number === null) page.number = screen.number;
  const before = page.screen?.view;
  page.screen = screen;
  paint();
  if (!isSame) runOut(isAnswer ? stay(screen) : 0);
  if (isNew || (screen.view === "held-open" && before !== "held-open")) letHear(screen);
}

function stay(screen) {
  return screen.shown_ms * (talk.isSenior ? SENIOR_FACTOR : 1);
}

function letHear(screen) {
  voice.chime(CHIMES[screen.view]);
  if (!talk.isSenior) return;
  const spoken = screen.spoken?.[talk.language] ?? "";
  voice.say(talk.say(screen.text) || talk.say(screen.title), talk.language, spoken);
}

function paint() {
  const { screen } = page;
  if (!screen) return;
  document.body.dataset.view = screen.view;
  document.body.dataset.way = screen.direction;
  talk.write(part("title"), screen.title);
  const other = talk.other;
  talk.write(part("echo"), other ? screen.title : null, other || talk.language);
  talk.write(part("text"), talk.isSenior ? screen.few : screen.text);
  part("text").toggleAttribute("data-long", isLong(part("text").textContent));
  paintMoney(screen.money);
  part("badges").replaceChildren(...screen.badges.map(badge));
  part("code").textContent = screen.code;
  part("lane").textContent = screen.lane;
}

// In half-width letters: a Chinese sign is as wide as two.
function isLong(text) {
  return text.replace(/[^\0-\u024f]/gu, "##").length > LONG;
}

function paintMoney(paid) {
  part("money").hidden = !paid;
  document.body.toggleAttribute("data-money", Boolean(paid));
  if (!paid) return;
  part("amount").textContent = money(paid.amount_minor, paid.currency, talk.language);
  const left = paid.remaining_minor;
  const told = left === null ? "" : money(left, paid.currency, talk.language);
  part("left").textContent = told && `${talk.say(LEFT)} ${told}`;
}

function badge({ kind, text, since_s: seconds }) {
  const item = document.createElement("li");
  item.className = "badge";
  item.dataset.kind = KINDS[kind];
  const words = document.createElement("span");
  talk.write(words, text);
  const told = since(seconds, talk.language);
  if (told) words.textContent += ` · ${told}`;
  item.append(icon(BADGES[kind]), words);
  return item;
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawn = document.createElementNS(space, "svg");
  const used = document.createElementNS(space, "use");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  used.setAttribute("href", `/assets/icons.svg#${name}`);
  drawn.append(used);
  return drawn;
}

function runOut(ms) {
  const rest = part("rest");
  rest.classList.remove("is-running");
  if (ms <= 0) return;
  void rest.offsetWidth; // so that the bar begins anew
  rest.style.setProperty("--rest", `${ms}ms`);
  rest.classList.add("is-running");
}

function label() {
  const other = talk.other;
  part("language").hidden = !other;
  talk.write(part("language-label"), LABELS.language, other || talk.language);
  talk.write(part("senior-label"), LABELS.senior); // pressed or not: a name that changed too would say it twice
  part("senior").setAttribute("aria-pressed", String(talk.isSenior));
  talk.write(part("mark"), LABELS.mark);
  document.title = talk.say(LABELS.mark);
}

// Somebody touched the screen: what he chose is his until nobody has touched it for a while.
function touched(choose) {
  choose();
  clearTimeout(page.idle);
  page.idle = setTimeout(() => talk.reset(), page.settings.idle_s * 1_000);
}

function toggleSenior() {
  talk.toggle();
  if (talk.isSenior && page.screen) voice.say(talk.say(page.screen.few), talk.language);
  else voice.hush();
}

talk.on(() => {
  label();
  paint();
});
label();
part("language").addEventListener("click", () => touched(() => talk.next()));
part("senior").addEventListener("click", () => touched(toggleSenior));

follow(lane, {
  settings(settings) {
    page.settings = settings;
    voice.isOn = settings.sound;
    talk.settle(settings);
    label();
  },
  screen: (screen) => {
    page.live = screen;
    take(screen);
  },
  lost: () => take({ ...LOST, lane }),
  found: () => page.live && take(page.live),
});
