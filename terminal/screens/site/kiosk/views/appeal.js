// An appeal in three steps: how urgent, what happened, how to reach the writer. What is written
// stays in memory until it has arrived or the screen is wiped; it is sealed by the terminal.

import { keyboard } from "../keyboard.js";
import { button, notice, tile } from "../parts.js";
import { roll } from "../roll.js";
import { drawing, make, say, told } from "../said.js";
import { APPEAL, PHRASES, READY } from "../words.js";

const TEXT_MAX = 500;
const CONTACT_MAX = 64;
const ICONS = { sudden: "bell", urgent: "warning", ordinary: "message" };

export function appeal(kiosk, { id }) {
  const tiles = APPEAL.urgencies.map(([urgency, name, below]) => {
    const onclick = () => {
      kiosk.draft.urgency = urgency;
      kiosk.go({ name: "appeal-text", id });
    };
    return tile(
      name,
      { icon: ICONS[urgency], below, onclick, className: `row urgency-${urgency}` },
    );
  });
  const body = make(
    "div",
    { class: "appeal" },
    roll(make("div", { class: "rows" }, ...tiles), APPEAL.title),
  );
  return { title: APPEAL.title, lead: APPEAL.lead, body };
}

export function appealText(kiosk, { id }) {
  const field = make(
    "textarea",
    {
      id: "appeal",
      maxlength: String(TEXT_MAX),
      inputmode: "none",
      autocomplete: "off",
      spellcheck: "false",
    },
  );
  field.value = kiosk.draft.text;
  const left = make("span", { class: "soft small" });
  const body = make("div", { class: "write" });
  const next = button(
    APPEAL.next,
    "next",
    () => kiosk.go({ name: "appeal-contact", id }),
    { main: true },
  );
  const changed = () => {
    kiosk.draft.text = field.value;
    next.disabled = !field.value.trim();
    say(left, APPEAL.left(TEXT_MAX - field.value.length));
  };
  field.addEventListener("input", changed);
  const board = keyboard(field, "letters", { isText: true });
  const toggle = keyToggle(body);
  const box = make(
    "div",
    { class: "field" },
    make("label", { for: "appeal", class: "unseen", say: APPEAL.text }),
    field,
  );
  const bar = make("div", { class: "acts" }, left, toggle, next);
  if (kiosk.draft.urgency === "sudden") body.append(alarm());
  body.append(box, phrases(field), board, bar);
  changed();
  return { title: APPEAL.textTitle, lead: APPEAL.textLead, body, focus: field };
}

export function appealContact(kiosk, { id }) {
  const field = make(
    "input",
    {
      id: "contact",
      type: "text",
      inputmode: "none",
      maxlength: String(CONTACT_MAX),
      autocomplete: "off",
      spellcheck: "false",
    },
  );
  field.value = kiosk.draft.contact;
  field.addEventListener("input", () => (kiosk.draft.contact = field.value));
  const said = make("div", { class: "said" });
  say(field, APPEAL.contact, "aria-label"); // a small panel has no room for the label itself
  const box = make(
    "div",
    { class: "field" },
    make("label", { for: "contact", say: APPEAL.contact }),
    field,
  );
  const send = button(APPEAL.send, "check", () => give(), { main: true });
  const body = make(
    "div",
    { class: "write" },
    box,
    said,
    keyboard(field, "digits"),
    make("div", { class: "acts" }, send),
  );
  const anew = (again) => {
    kiosk.forgetVisit();
    return again();
  };
  const done = (answer) => arrived(kiosk, answer);
  const give = () => kiosk.attempt(body, () => sent(kiosk, id), { done, said, anew });
  return { title: APPEAL.contactTitle, lead: APPEAL.contactLead, body, focus: field };
}

export function appealDone(kiosk) {
  const shown = make("p", { class: "slip-number number" });
  shown.textContent = kiosk.visit.appeal;
  const slip = make(
    "div",
    { class: "slip", role: "status" },
    make("p", { say: APPEAL.doneText }),
    shown,
  );
  const isReady = kiosk.visit.state === "ready";
  const on = isReady
    ? button(APPEAL.next, "next", () => kiosk.go({ name: "ready" }), { main: true })
    : button(READY.finish, "check", () => kiosk.finish(), { main: true });
  return {
    title: APPEAL.doneTitle,
    lead: kiosk.visit.service,
    body: make("div", { class: "ready" }, slip, make("div", { class: "acts" }, on)),
  };
}

async function sent(kiosk, id) {
  const isUnsure = kiosk.visit?.isGone && kiosk.visit.unsure.has("appeal");
  if (isUnsure) return { kind: "gone", wasUnsure: true };
  const opened = await kiosk.visitFor(id);
  if (opened.kind !== "done") return opened;
  const { urgency, text, contact } = kiosk.draft;
  return kiosk.tell("appeal", { urgency, text: text.trim(), contact: contact.trim() });
}

function arrived(kiosk, { number }) {
  kiosk.visit.appeal = number;
  kiosk.clearDraft();
  kiosk.trail.backTo((place) => place.name === "ready" || place.name === "service");
  kiosk.go({ name: "appeal-done" });
}

function alarm() {
  return notice("bad", "bell", APPEAL.urgencies[0][1], APPEAL.sudden);
}

function keyToggle(body) {
  const words = make("span", { say: APPEAL.keyboard });
  const toggle = make(
    "button",
    { type: "button", class: "button", "aria-expanded": "false" },
    drawing("#k-keyboard"),
    words,
  );
  toggle.addEventListener("click", () => {
    const isOpen = body.classList.toggle("is-typing");
    toggle.setAttribute("aria-expanded", String(isOpen));
    say(words, isOpen ? APPEAL.hide : APPEAL.keyboard);
  });
  return toggle;
}

function phrases(field) {
  const add = (phrase) => () => {
    const text = told(phrase);
    if (field.value.length + text.length > TEXT_MAX) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const chips = PHRASES.map(
    (phrase) => make(
      "li",
      {},
      make("button", { type: "button", class: "button chip", say: phrase, onclick: add(phrase) }),
    ),
  );
  return roll(make("ul", { class: "chips", role: "list" }, ...chips), APPEAL.phrases);
}
