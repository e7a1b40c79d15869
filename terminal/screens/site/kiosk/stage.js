// Puts one view on the screen: headline, a line below it, and what can be touched.

import { say } from "./said.js";

const NOTHING = { zh: "", en: "" };
// Widths in half-width letters from which a headline is set smaller, to fit three lines.
const LONG = 27;
const VERY_LONG = 64;

const byId = (id) => document.getElementById(id);

export class Stage {
  #view = null;
  #nodes = {
    page: byId("page-title"),
    title: byId("title"),
    lead: byId("lead"),
    body: byId("body"),
  };

  constructor(talk) {
    this.talk = talk;
  }

  /** Show a view: {title, lead, body, heard?: (what) => void, focus?: Element}. */
  show(name, view, { isQuiet = false } = {}) {
    this.#view = view;
    document.documentElement.dataset.view = name;
    view.retitle = (title) => this.#view === view && this.#head(title, view.lead);
    this.#head(view.title, view.lead);
    this.#nodes.body.replaceChildren(view.body);
    // Whoever works by keys, or hears the page, goes on from the headline or in the field.
    if (!isQuiet) (view.focus ?? this.#nodes.title).focus({ preventScroll: true });
  }

  /** Let the view hear that something changed: "screen", "visit", "live", "catalogue", "mode". */
  heard(what) {
    this.#view?.heard?.(what);
    if (what === "mode") this.#fit();
  }

  /** Return what is read aloud of the view. */
  aloud() {
    const { title, lead } = this.#view;
    return `${this.talk.say(title)} ${this.talk.say(lead ?? NOTHING)}`.trim();
  }

  #head(title, lead) {
    const { title: head, lead: line, page } = this.#nodes;
    say(head, title);
    say(line, lead ?? NOTHING);
    say(page, title);
    this.#fit();
  }

  #fit() {
    const { title } = this.#nodes;
    const width = title.textContent.length * (this.talk.language === "zh" ? 2 : 1);
    title.dataset.long = width >= VERY_LONG ? "very" : String(width >= LONG);
  }
}
