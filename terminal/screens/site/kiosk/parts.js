// The few parts that all views are made of.

import { drawing, make } from "./said.js";
import { LOST, refusalWords } from "./words.js";

/** Return a button with a drawing and words. */
export function button(text, icon, onclick, { main = false, disabled = false } = {}) {
  const node = make("button", {
    type: "button",
    class: main ? "button is-main" : "button",
    disabled,
    onclick,
  });
  if (icon) node.append(drawing(icon));
  node.append(make("span", { say: text }));
  return node;
}

/** Return a large thing to touch: its mark or drawing, its name, a line below it. */
export function tile(text, { icon = "", below = null, onclick, className = "" }) {
  const head = icon ? drawing(icon, "icon tile-icon") : mark(text);
  const words = make(
    "span",
    { class: "tile-words" },
    make("span", { class: "tile-name", say: text }),
  );
  if (below) words.append(make("span", { class: "tile-below", say: below }));
  return make("button", { type: "button", class: `tile ${className}`, onclick }, head, words);
}

/** Return a notice; `kind` is one of good, bad, wait, info. */
export function notice(kind, icon, title, text, ...acts) {
  const words = make("div", {}, make("h2", { say: title }), make("p", { say: text }));
  const row = make("div", { class: "notice-acts" }, ...acts);
  const role = kind === "info" ? "status" : "alert";
  const node = make("div", { class: "notice", "data-kind": kind, role }, drawing(icon), words);
  if (acts.length > 0) node.append(row);
  return node;
}

/** Return what is said of an outcome that is not "done", with what can be done about it. */
export function trouble(outcome, { again, anew = null, anewText = LOST.goneSend }) {
  if (outcome.kind === "refused") return refusal(outcome, again);
  if (outcome.kind === "gone") return gone(outcome, anew, anewText);
  return notice(
    "wait",
    "warning",
    LOST.title,
    LOST.text,
    button(LOST.again, "", again, { main: true }),
  );
}

function refusal({ code }, again) {
  const [title, text] = refusalWords(code);
  return notice("bad", "warning", title, text, button(LOST.again, "", again));
}

function gone({ wasUnsure }, anew, anewText) {
  const act = wasUnsure ? LOST.goneSendUnsure : anewText;
  const acts = anew ? [button(act, "", anew, { main: !wasUnsure })] : [];
  return notice("bad", "warning", LOST.goneTitle, wasUnsure ? LOST.goneUnsure : LOST.gone, ...acts);
}

// The first letter of a name, as a shop sign has it. The pack brings no pictures of its topics.
function mark({ zh, en }) {
  const text = { zh: [...zh][0] ?? "", en: ([...en][0] ?? "").toUpperCase() };
  return make("span", { class: "mark", "aria-hidden": "true", say: text });
}
