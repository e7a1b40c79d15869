// What is asked over the view: whether somebody is still there, whether to leave what is not
// sent, and help. Each is the browser's own dialog: the rest of the page can't be reached.

import { button } from "./parts.js";
import { drawing, make, say } from "./said.js";
import { DIALOG } from "./words.js";

// Told aloud at these seconds only: a voice that counts every second drowns the page's own.
const TOLD_AT = new Set([20, 10, 5]);

/** "Are you still there?": any touch says yes, but for the one button that says no. */
export class StillThere {
  constructor({ stays, ends }) {
    this.count = make("span", { class: "still-count number" });
    this.told = make("p", { class: "unseen", "aria-live": "assertive" });
    const left = make("p", { class: "still-left", "aria-hidden": "true" }, this.count);
    left.append(make("span", { say: DIALOG.stillLeft }));
    const no = button(DIALOG.stillNo, "", ends);
    const acts = make(
      "div",
      { class: "acts" },
      button(DIALOG.stillYes, "check", null, { main: true }),
      no,
    );
    this.node = dialog("alertdialog", DIALOG.stillTitle, left, this.told, acts);
    this.node.addEventListener("click", (event) => !no.contains(event.target) && stays());
    this.node.addEventListener("cancel", stays); // the Escape key
  }

  /** Show that `left` seconds are left. */
  show(left) {
    this.count.textContent = String(left);
    if (!this.node.open || TOLD_AT.has(left)) say(this.told, DIALOG.stillText(left));
    if (!this.node.open) this.node.showModal();
  }

  close() {
    this.node.close();
  }
}

/** Return the dialog that helps; `showModal` opens it. */
export function helpDialog() {
  const lines = DIALOG.help.map((line) => make("li", { say: line }));
  const node = dialog("dialog", DIALOG.helpTitle, make("ul", { class: "help-lines" }, ...lines));
  const close = button(DIALOG.close, "check", () => node.close(), { main: true });
  node.append(make("div", { class: "acts" }, close));
  return node;
}

/** Asks before something unsent is left. */
export class LeaveDialog {
  #leave = () => {};

  constructor() {
    this.node = dialog("alertdialog", DIALOG.leaveTitle, make("p", { say: DIALOG.leaveText }));
    const stay = button(DIALOG.stay, "", () => this.node.close(), { main: true });
    const go = button(DIALOG.leave, "", () => {
      this.node.close();
      this.#leave();
    });
    this.node.append(make("div", { class: "acts" }, stay, go));
  }

  /** Ask, and do `leave` if the answer is yes. */
  ask(leave) {
    this.#leave = leave;
    this.node.showModal();
  }
}

let count = 0;

function dialog(role, title, ...parts) {
  count += 1;
  const id = `dialog-${count}`;
  const icon = drawing(role === "dialog" ? "bell" : "clock", "icon dialog-icon");
  const head = make("h2", { id, say: title });
  const node = make("dialog", { class: "ask", role, "aria-labelledby": id }, icon, head, ...parts);
  document.body.append(node);
  return node;
}
