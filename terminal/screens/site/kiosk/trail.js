// Where somebody is, and how he came there. It is kept here and nowhere else: neither in the
// browser's history nor in its storage, so it is gone with the visit.

// Deeper than any way through the page; the oldest steps are forgotten, home never is.
const STEPS_MAX = 40;

export const HOME = Object.freeze({ name: "home" });

export class Trail {
  #steps = [HOME];

  /** Return the place that is shown. A place is {name, ...what it needs to be shown again}. */
  get here() {
    return this.#steps.at(-1);
  }

  get isHome() {
    return this.#steps.length === 1;
  }

  go(place) {
    this.#steps.push(place);
    if (this.#steps.length > STEPS_MAX) this.#steps.splice(1, 1);
  }

  /** Show `place` in the stead of the last step: one that nobody should come back to. */
  replace(place) {
    if (!this.isHome) this.#steps.pop();
    this.go(place);
  }

  back() {
    if (!this.isHome) this.#steps.pop();
  }

  /** Return to the newest step that `suits`, or else home. */
  backTo(suits) {
    while (!this.isHome && !suits(this.here)) this.#steps.pop();
  }

  clear() {
    this.#steps = [HOME];
  }
}
