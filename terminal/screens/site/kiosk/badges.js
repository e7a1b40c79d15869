// What the terminal does not hide: that it is offline, that a list is old, that it is lost.

import { drawing, make } from "./said.js";
import { LOST } from "./words.js";

const ICONS = {
  offline: "offline",
  stale: "stale",
  clock: "clock",
  degraded: "wrench",
  "no-money": "coin",
};
const LANE_ICONS = { "out-of-service": "wrench", closed: "moon", "held-open": "exit" };

export class Badges {
  #lost = make("p", { class: "lost", role: "alert", hidden: true });
  #row = make("ul", { class: "badges", role: "list" });

  constructor() {
    document.getElementById("standing").replaceChildren(this.#row, this.#lost);
    this.#lost.append(drawing("warning"), make("span", { say: LOST.banner }));
  }

  /** Show what stands beside a Screen; and what its lane can't do, whatever view is shown here. */
  show({ view, title, badges }) {
    const shown = badges.map(({ kind, text }) => badge("wait", ICONS[kind] ?? "info", text));
    if (view in LANE_ICONS) shown.unshift(badge("bad", LANE_ICONS[view], title));
    this.#row.replaceChildren(...shown);
  }

  live(isLive) {
    this.#lost.hidden = isLive;
  }
}

function badge(kind, icon, text) {
  return make(
    "li",
    { class: "badge", "data-kind": kind },
    drawing(icon),
    make("span", { say: text }),
  );
}
