// The visit itself: the scan, the welcome with ticket or receipt, the thanks at the end.

import { button, notice, tile, trouble } from "../parts.js";
import { roll } from "../roll.js";
import { drawing, make, say } from "../said.js";
import { BYE, READY, SCAN } from "../words.js";

// Drawing and colour for what the lane says; the words are the lane's own.
const SHOWN = {
  starting: ["clock", "off"],
  idle: ["#k-hold", "info"],
  reading: ["#k-reading", "info"],
  granted: ["check", "good"],
  refused: ["cross", "bad"],
  help: ["bell", "wait"],
  "held-open": ["exit", "good"],
  "out-of-service": ["wrench", "off"],
  closed: ["moon", "off"],
};

export function scan(kiosk) {
  const panel = make("div", { class: "scan", "data-kind": "info" });
  const text = make("p", { class: "scan-text", role: "status" });
  const { visit } = kiosk;
  const body = make("div", { class: "fill" }, panel);
  const view = { title: kiosk.screen?.title ?? SCAN.title, lead: visit.service, body };
  view.heard = () => {
    if (visit.isGone || visit.state === "ended") return body.replaceChildren(ended(kiosk));
    return paintScan(kiosk, visit, panel, text, view);
  };
  view.heard();
  return view;
}

export function ready(kiosk) {
  const body = make("div", { class: "ready" });
  const { visit } = kiosk;
  const finish = button(READY.finish, "check", () => kiosk.finish(), { main: true });
  const acts = make("div", { class: "acts" }, finish);
  const paint = () => {
    const all = make("div", { class: "stack" }, outcomeOf(kiosk, get), actsOf(kiosk));
    body.replaceChildren(roll(all, READY.title), acts);
  };
  const get = async () => {
    const outcome = await visit.send("ticket");
    if (outcome.kind === "done") visit.told.ticket = outcome.body;
    visit.ticketTrouble = outcome.kind === "done" ? null : outcome;
    paint();
  };
  const heard = (what) => {
    if (what === "live" && kiosk.isLive && visit.ticketTrouble?.kind === "lost") get();
    else if (what === "visit") paint();
  };
  paint();
  if (visit.service.ticket && !visit.told.ticket) get();
  return { title: READY.title, lead: visit.service, body, heard };
}

export function bye() {
  const body = make("div", { class: "fill" });
  body.append(
    make("div", { class: "scan", "data-kind": "good" }, drawing("check", "icon scan-icon")),
  );
  return { title: BYE.title, lead: BYE.lead, body };
}

function paintScan({ screen, talk }, visit, panel, text, view) {
  const [icon, kind] = SHOWN[screen?.view] ?? SHOWN.starting;
  Object.assign(panel.dataset, { kind, view: screen?.view ?? "starting" });
  panel.replaceChildren(drawing(icon, "icon scan-icon"), text);
  const words = screen ? (talk.isSenior && screen.few.zh ? screen.few : screen.text) : SCAN.wait;
  say(text, (visit.state === "refused" && visit.told.words) || words);
  view.retitle?.(screen?.title ?? SCAN.title);
}

function ended(kiosk) {
  const act = button(SCAN.anew, "", () => anewFrom(kiosk), { main: true });
  return notice("bad", "warning", SCAN.endedTitle, SCAN.ended, act);
}

// Back to the service, where a new visit begins with a touch.
function anewFrom(kiosk) {
  const { id } = kiosk.visit.service;
  kiosk.forgetVisit();
  kiosk.trail.backTo((place) => place.name === "service" && place.id === id);
  kiosk.paint();
}

function outcomeOf(kiosk, again) {
  const { visit } = kiosk;
  const anew = () => anewFrom(kiosk);
  const gone = { kind: "gone", wasUnsure: false };
  const isGone = visit.isGone && !visit.told.ticket;
  const failed = isGone ? gone : visit.ticketTrouble;
  if (failed) return trouble(failed, { again, anew, anewText: SCAN.anew });
  if (visit.told.ticket) return slip(kiosk, visit.told.ticket);
  if (visit.told.receipt) return receipt(visit.told.receipt);
  return make(
    "p",
    {
      class: "slip slip-text",
      role: "status",
      say: visit.service.ticket ? READY.asking : READY.begun,
    },
  );
}

function slip(kiosk, { number, queue, ahead, printed }) {
  const shown = make("p", { class: "slip-number number" });
  shown.textContent = number;
  const node = make(
    "div",
    { class: "slip", role: "status" },
    make("p", { say: READY.number }),
    shown,
  );
  if (queue) node.append(make("p", { class: "slip-queue", say: queue }));
  if (ahead !== null && ahead !== undefined) {
    node.append(make("p", { say: ahead > 0 ? READY.ahead(ahead) : READY.next }));
  }
  node.append(make("p", { class: "soft small", say: printed ? READY.printed : READY.unprinted }));
  if (printed) node.append(reprint(kiosk));
  return node;
}

// The terminal prints as often as it likes to; what it says no to, it says no to for good.
function reprint(kiosk) {
  const node = button(READY.reprint, "printer", async () => {
    node.disabled = true;
    const outcome = await kiosk.tell("print", {});
    node.disabled = outcome.kind === "refused" || outcome.kind === "gone";
  });
  return node;
}

function receipt({ lines }) {
  const node = make("div", { class: "slip", role: "status" }, make("p", { say: READY.receipt }));
  for (const line of lines) {
    const row = make("p", { class: "slip-line" });
    if (typeof line === "string") row.textContent = line;
    else say(row, line);
    node.append(row);
  }
  return node;
}

function actsOf(kiosk) {
  const { visit } = kiosk;
  const { id, checklist, subsidies } = visit.service;
  const go = (place) => () => kiosk.go(place);
  const rate = () => tile(READY.rate, { icon: "star", onclick: go({ name: "rate" }) });
  const write = () => tile(READY.appeal, { icon: "message", onclick: go({ name: "appeal", id }) });
  const acts = [
    visit.score ? done(READY.rated) : rate(),
    visit.appeal ? done(READY.appealed, visit.appeal) : write(),
  ];
  if (checklist) acts.push(
    tile(READY.bring, { icon: "list", onclick: go({ name: "asking", id, answers: [] }) }),
  );
  if (subsidies && visit.told.is_identified) acts.push(
    tile(READY.subsidies, { icon: "coin", onclick: go({ name: "paid" }) }),
  );
  return make("div", { class: "tiles" }, ...acts);
}

function done(text, number = "") {
  const node = make(
    "p",
    { class: "tile is-done" },
    drawing("check", "icon tile-icon"),
    make("span", { say: text }),
  );
  if (number) node.append(make("span", { class: "number", say: { zh: number, en: number } }));
  return node;
}
