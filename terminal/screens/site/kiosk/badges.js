// What the terminal does not hide: that it is offline, that a list is old, that it is lost.

import { drawing, make } from "./said.js";
import { LOST } from "./words.js";

const ICONS = { offline: "offline", stale: "stale", clock: "clock", degraded: "wrench", "no-money": "coin" };

export class Badges {
  #lost = make("p", { class: "lost", role: "alert", hidden: true });
  #row = make("ul", { class: "badges", role: "list" });

  constructor() {
    document.getElementById("standing").replaceChildren(this.#row, this.#lost);
    this.#lost.append(drawing("warning"), make("span", { say: LOST.banner }));
  }

  show(badges) {
    const shown = badges.map(({ kind, text }) =>
      make("li", { class: "badge", "data-kind": "wait" }, drawing(ICONS[kind] ?? "info"), make("span", { say: text })));
    this.#row.replaceChildren(...shown);
  }

  live(isLive) {
    this.#lost.hidden = isLive;
  }
}
