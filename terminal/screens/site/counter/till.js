// One thing in hand at a time: a sale, its giving up, or a reversal; each seen to its end.
//
// What is in hand is on the disk before the terminal hears of it, and stays there until the terminal
// has said how it ended. So an answer that is lost, a reload and a power cut are all the same: ask
// how the key stands.

import { Lost, Refused } from "./api.js";
import { newKey } from "./book.js";

const DEADLINE_MS = 60_000;
const LOOK_MS = 1_000;
const AGAIN_MS = 1_500;

export class Till {
  #api;
  #book;
  #tell;
  #wake = () => {};
  #word = null; // the cashier's, while something is in hand
  #freshUntil = 0; // so long a sale that never arrived is sent again by itself; then she is asked

  // `tell(view)` hears of each new state: {step, record, request, problem, isLost, endsAt}.
  constructor(api, book, tell) {
    this.#api = api;
    this.#book = book;
    this.#tell = tell;
    this.view = { step: "free" };
  }

  get isFree() {
    return this.view.step === "free" || this.view.step === "ended";
  }

  // Goes on with what a reload or a power cut left behind.
  async resume() {
    const record = await this.#book.pending();
    if (record) await this.#drive(record.step === "ask" ? { ...record, step: "look" } : record);
  }

  async sell({ amount_minor, currency, reference }) {
    const named = { key: newKey(), amount_minor, currency, reference, deadline_ms: DEADLINE_MS };
    this.#freshUntil = performance.now() + DEADLINE_MS;
    await this.#begin({ ...named, step: "ask", begun: Date.now() });
  }

  async reverse(sale) {
    await this.#begin({ ...sale, step: "reverse", reversal_key: newKey() });
  }

  // The goods stay here: what waits is canceled, and what was granted is taken back.
  giveUp() {
    this.#turn("give-up");
  }

  sendAgain() {
    this.#turn("ask");
  }

  // Nothing was paid, and nothing is to be: sent again and aborted, so that no late packet arms.
  drop() {
    this.#turn("drop");
  }

  // Something was heard of the lane.
  look() {
    this.#wake();
  }

  leave() {
    if (this.view.step === "ended") this.#show({ step: "free" });
  }

  async #begin(record) {
    this.#word = null;
    this.#show({ step: record.step, record });
    await this.#book.begin(record);
    await this.#drive(record);
  }

  #turn(step) {
    if (this.isFree) return;
    this.#word = step;
    this.#wake();
  }

  async #drive(first) {
    let record = first;
    while (record) {
      record = await this.#step(record).catch((fault) => this.#troubled(record, fault));
      if (record && this.#word) record = await this.#obey(record);
    }
  }

  // The cashier's word is on the disk before it is acted on.
  async #obey(record) {
    const next = { ...record, step: this.#word };
    this.#word = null;
    await this.#book.begin(next);
    return next;
  }

  async #step(record) {
    switch (record.step) {
      case "ask":
        this.#show({ step: "ask", record });
        return this.#take(record, await this.#api.arm(record));
      case "look":
        return this.#take(record, await this.#api.request(record.key));
      case "give-up":
        this.#show({ step: "give-up", record });
        return this.#take(record, await this.#abort(record));
      case "drop":
        await this.#api.arm(record);
        return this.#take(record, await this.#abort(record));
      case "reverse":
        this.#show({ step: "reverse", record });
        return this.#take(record, await this.#api.reverse(record.key, record.reversal_key));
      default:
        throw new Error(`no step is called ${record.step}`);
    }
  }

  async #abort(record) {
    try {
      return await this.#api.abort(record.key, { not_handed_over: true });
    } catch (fault) {
      if (fault.problem?.code !== "scope") throw fault;
      return this.#api.abort(record.key, {}); // this token may not reverse
    }
  }

  async #take(record, request) {
    if (["completed", "canceled", "expired"].includes(request.state)) return this.#ended(record, request);
    const endsAt = performance.now() + request.ends_in_ms;
    this.#show({ step: "open", record, request, endsAt });
    await this.#pause(Math.min(LOOK_MS, request.ends_in_ms + 50));
    return { ...record, step: "look" };
  }

  async #ended(record, request) {
    const { step: _, reversal_key: __, owner: ___, ...sale } = record;
    const isPaid = request.outcome?.verdict === "grant";
    await this.#book.end(isPaid ? { ...sale, outcome: request.outcome } : null);
    this.#show({ step: "ended", record, request });
    return null;
  }

  async #troubled(record, fault) {
    if (fault instanceof Refused) return this.#refused(record, fault.problem);
    if (!(fault instanceof Lost)) throw fault;
    this.#show({ ...this.view, record, step: record.step, isLost: true, problem: fault.problem });
    await this.#pause(AGAIN_MS);
    return record.step === "ask" ? { ...record, step: "look" } : record;
  }

  // A clear no: nothing was done by this try.
  async #refused(record, problem) {
    if (problem.code === "request-unknown" && record.step === "look" && performance.now() < this.#freshUntil) {
      return { ...record, step: "ask" };
    }
    if (problem.code === "request-unknown" && record.step === "give-up") return { ...record, step: "drop" };
    if (problem.code === "reversed-already") return { ...record, step: "look" };
    if (record.step === "look" && problem.code === "request-unknown") {
      this.#show({ step: "unknown", record });
      await this.#pause();
      return record;
    }
    return this.#over(record, problem);
  }

  // Of a token that opens nothing nobody knows how the key stands: that stays in hand.
  async #over(record, problem) {
    if (problem.code === "token" || record.step === "look") {
      this.#show({ step: "stuck", record, problem });
      await this.#pause();
      return record;
    }
    await this.#book.end();
    this.#show({ step: "ended", record, problem });
    return null;
  }

  #pause(ms = 0) {
    return new Promise((go) => {
      const timer = ms ? setTimeout(go, ms) : 0;
      this.#wake = () => {
        clearTimeout(timer);
        go();
      };
      if (this.#word) this.#wake();
    });
  }

  #show(view) {
    this.view = view;
    this.#tell(view);
  }
}
