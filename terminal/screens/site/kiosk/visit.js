// One visit as the terminal knows it, and what of it the terminal may not have heard.

/** What one person does at the kiosk, from the choice of a service to the wipe of the screen. */
export class Visit {
  constructor(calls, service, opened) {
    this.calls = calls;
    this.service = service;
    this.id = opened.visit;
    this.isGone = false;
    this.unsure = new Set(); // kinds that were sent and not answered: they may have arrived
    this.told = { words: null, ticket: null, receipt: null, is_identified: false, ...opened };
    this.appeal = null; // number of the appeal that arrived
    this.score = null;
  }

  get state() {
    return this.told.state;
  }

  /** Return whether an event is of this visit; it says how its id begins, for anybody may hear it. */
  isMeant({ visit: mark }) {
    return Boolean(mark) && this.id.startsWith(mark);
  }

  /** Ask anew how the visit stands. */
  async refresh() {
    return this.#heard(await this.calls.get(`visit/${this.id}`), "");
  }

  /** Tell the terminal one kind of thing; the same kind twice is counted once. */
  async send(kind, body = {}) {
    return this.#heard(await this.calls.post(`visit/${this.id}/${kind}`, body), kind);
  }

  #heard(outcome, kind) {
    if (outcome.kind === "lost" && kind) this.unsure.add(kind);
    if (outcome.kind === "done") {
      this.unsure.delete(kind);
      if (!kind) Object.assign(this.told, outcome.body);
    }
    if (outcome.kind !== "refused" || outcome.status !== 404) return outcome;
    this.isGone = true;
    return { kind: "gone", wasUnsure: this.unsure.has(kind) };
  }
}

/** Open a visit. */
export async function openVisit(calls, service, language) {
  const outcome = await calls.post("visit", { service: service.id, language });
  if (outcome.kind !== "done") return outcome;
  return { kind: "done", visit: new Visit(calls, service, outcome.body) };
}
