// What is always in reach: back, home, help, the language, the size of type.

import { button } from "./parts.js";
import { say } from "./said.js";
import { NAV } from "./words.js";

export class Bar {
  #back;
  #tongue;
  #size;

  /** @param {Record<"back"|"home"|"help"|"language"|"larger", () => void>} acts */
  constructor(acts) {
    this.#back = button(NAV.back, "back", acts.back);
    this.#tongue = button(NAV.language, "language", acts.language);
    this.#size = button(NAV.larger, "larger", acts.larger);
    const node = say(document.getElementById("bar"), NAV.bar, "aria-label");
    const home = button(NAV.home, "home", acts.home);
    const help = button(NAV.help, "bell", acts.help);
    node.replaceChildren(this.#back, home, help, this.#tongue, this.#size);
  }

  /** Show what can be done here. */
  show({ isHome, talk }) {
    this.#back.disabled = isHome;
    this.#tongue.hidden = !talk.other;
    this.#tongue.lastChild.lang = talk.other; // it is written for who reads the other language
    this.#size.setAttribute("aria-pressed", String(talk.isSenior));
  }
}
