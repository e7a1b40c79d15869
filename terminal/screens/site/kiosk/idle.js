// Watches whether somebody is still there. Time comes from the monotonic clock, so neither a
// step of the wall clock nor a sleeping machine leaves somebody's visit on the screen.

// WCAG 2.2.1: at least 20 s to ask for more time with one simple act.
export const GRACE_MS = 20_000;
// Nobody is asked "are you still there?" sooner than this.
const QUIET_MS_MIN = 10_000;
const LOOK_MS = 250;

export class Idle {
  #deadline = 0;
  #timer = 0;

  #wholeMs = 60_000; // until the terminal says

  /** @param {{asks: (secondsLeft: number) => void, stays: () => void, ends: () => void}} told */
  constructor(told) {
    this.told = told;
  }

  /** Take how long nobody may touch until the screen is wiped. */
  settle(idleS) {
    this.#wholeMs = Math.max(idleS * 1_000, QUIET_MS_MIN + GRACE_MS);
  }

  /** Somebody touched the screen: whatever was asked is answered. */
  touched() {
    const wasAsked = this.isAsking();
    this.#deadline = performance.now() + this.#wholeMs;
    if (!this.#timer) this.#timer = setInterval(() => this.#look(), LOOK_MS);
    if (wasAsked) this.told.stays();
  }

  /** Watch no longer: there is nothing on the screen that is anybody's. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  /** Return whether the question stands on the screen. */
  isAsking() {
    return this.#timer !== 0 && this.#deadline - performance.now() <= GRACE_MS;
  }

  #look() {
    const leftMs = this.#deadline - performance.now();
    if (leftMs <= 0) {
      this.stop();
      this.told.ends();
    } else if (leftMs <= GRACE_MS) {
      this.told.asks(Math.ceil(leftMs / 1_000));
    }
  }
}
