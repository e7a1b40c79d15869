// An on-screen keyboard for digits and Latin letters (names, pinyin). It writes into a field as
// typing would, and leaves the focus there; a plugged-in keyboard or input method works beside it.
// Reached by keys it is one stop: arrow keys walk over it.

import { drawing, make } from "./said.js";
import { KEYBOARD } from "./words.js";

const LETTERS = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
const DIGITS = ["123", "456", "789", "+0"];
const SHIFT_ROW = 2; // beside nine letters

/** Return a keyboard that writes into `field`; `layout` is "letters" or "digits". */
export function keyboard(field, layout, { isText = false } = {}) {
  const board = make("div", { class: `keys keys-${layout}`, role: "group", label: KEYBOARD.name });
  const rows = layout === "digits" ? DIGITS : LETTERS;
  const shift = isText ? shiftKey(board) : null;
  const write = (text) => typed(field, shift?.isOn() ? text.toUpperCase() : text);
  rows.forEach((row) => board.append(make("div", { class: "keys-row" }, ...keysOf(row, write))));
  if (shift) board.children[SHIFT_ROW].prepend(shift.key);
  const last = board.lastElementChild;
  if (isText) last.append(key(".", () => write(".")));
  if (layout === "letters") last.append(spaceKey(write));
  last.append(eraseKey(field));
  // A key that took the focus would take it from the field, with the caret.
  board.addEventListener("pointerdown", (event) => event.preventDefault());
  walkable(board);
  return board;
}

function keysOf(row, write) {
  return [...row].map((text) => key(text, () => write(text)));
}

function key(text, onclick) {
  const node = make("button", { type: "button", class: "key", onclick });
  node.textContent = text;
  return node;
}

function spaceKey(write) {
  const onclick = () => write(" ");
  const label = KEYBOARD.space;
  return make(
    "button",
    { type: "button", class: "key key-space", label, onclick },
    drawing("#k-space"),
  );
}

function eraseKey(field) {
  const onclick = () => erased(field);
  const label = KEYBOARD.erase;
  return make(
    "button",
    { type: "button", class: "key key-wide", label, onclick },
    drawing("#k-erase"),
  );
}

function shiftKey(board) {
  const label = KEYBOARD.shift;
  const node = make(
    "button",
    { type: "button", class: "key key-wide", label, "aria-pressed": "false" },
  );
  node.append(drawing("#k-shift"));
  const isOn = () => node.getAttribute("aria-pressed") === "true";
  node.addEventListener("click", () => {
    node.setAttribute("aria-pressed", String(!isOn()));
    board.classList.toggle("is-capital", isOn());
  });
  return { key: node, isOn };
}

function typed(field, text) {
  const room = field.maxLength < 0 ? Infinity : field.maxLength - field.value.length;
  const chosen = field.selectionEnd - field.selectionStart;
  if (text.length > room + chosen) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function erased(field) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  const first = from === to ? from - lastLetter(value.slice(0, from)) : from;
  if (first === to) return;
  field.setRangeText("", first, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function lastLetter(text) {
  return ([...text].at(-1) ?? "").length; // a letter beyond the basic plane is two units
}

// One tab stop; arrow keys move to the key that stands nearest in that direction.
function walkable(board) {
  const keys = [...board.querySelectorAll("button")];
  keys.forEach((each, place) => (each.tabIndex = place === 0 ? 0 : -1));
  board.addEventListener("keydown", (event) => {
    const next = neighbour(keys, document.activeElement, event.key);
    if (!next) return;
    event.preventDefault();
    keys.forEach((each) => (each.tabIndex = each === next ? 0 : -1));
    next.focus();
  });
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function neighbour(keys, from, name) {
  const step = STEPS[name];
  if (!step || !keys.includes(from)) return null;
  const row = [...from.parentElement.children];
  if (step[0]) return row[row.indexOf(from) + step[0]] ?? null;
  const rows = [...from.parentElement.parentElement.children];
  const other = rows[rows.indexOf(from.parentElement) + step[1]];
  return other ? other.children[Math.min(row.indexOf(from), other.children.length - 1)] : null;
}
