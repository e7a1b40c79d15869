// Whether somebody is there: listens to every touch, asks before it wipes, and tells the
// terminal, which would otherwise end the visit of somebody who writes for long.

import { StillThere } from "./dialogs.js";
import { Idle } from "./idle.js";

// Often enough for the terminal's own time-out, seldom enough for its limit of requests.
const ALIVE_MS = 5_000;
const TOUCHES = ["pointerdown", "keydown", "input", "wheel"];

export class Presence {
  #aliveTimer = 0;

  /**
   * @param {{isNobodys: () => boolean, alive: () => void, wipe: () => void}} told isNobodys:
   *   there is nothing on the screen that would need a question before it is wiped
   */
  constructor(told) {
    this.told = told;
    this.dialog = new StillThere({ stays: () => this.#touched(), ends: () => told.wipe() });
    this.idle = new Idle({
      asks: (left) => (told.isNobodys() ? told.wipe() : this.dialog.show(left)),
      stays: () => this.dialog.close(),
      ends: () => told.wipe(),
    });
    for (const name of TOUCHES) {
      document.addEventListener(name, () => this.#heard(), { capture: true, passive: true });
    }
  }

  /** Note that somebody is there although nobody touches, as while a card is read. */
  seen() {
    this.#heard();
  }

  /** Watch no longer. */
  stop() {
    this.idle.stop();
    this.dialog.close();
    clearTimeout(this.#aliveTimer);
    this.#aliveTimer = 0;
  }

  // While the question stands the dialog answers for itself: a press that closed it at once would
  // end as a touch of what lies below.
  #heard() {
    if (!this.idle.isAsking()) this.#touched();
  }

  #touched() {
    this.idle.touched();
    this.#aliveTimer ||= setTimeout(() => {
      this.#aliveTimer = 0;
      this.told.alive();
    }, ALIVE_MS);
  }
}
