// The terminal's interface for programs, as this page uses it (docs/local-interface.md).

// Longer than the terminal takes to say that it has no answer.
const PATIENCE_MS = 12_000;
// After these nobody knows whether it was done: ask how the key stands.
const DOUBTFUL = new Set(["no-answer", "fault", "journal-failed", "too-many", "too-fast", "too-slow"]);

// Nobody knows whether the terminal did what was asked.
export class Lost extends Error {
  constructor(problem = null) {
    super(problem?.code ?? "no answer");
    this.problem = problem;
  }
}

// The terminal says no, for good: `problem` has code, text and next_step.
export class Refused extends Error {
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}

// Whether a header can carry it: what a token never has, no terminal need be asked about.
export const isToken = (text) => /^[\x20-\x7e]{1,200}$/.test(text);

export class Api {
  constructor(lane, token) {
    this.lane = lane;
    this.token = token;
  }

  async tellLane() {
    return this.#ask("GET", `/v1/lanes/${this.lane}`);
  }

  async tellTotals() {
    return this.#ask("GET", `/v1/lanes/${this.lane}/totals`);
  }

  async arm(record) {
    const { amount_minor, currency, reference, deadline_ms } = record;
    const named = reference ? { reference } : {};
    const body = { amount_minor, currency, deadline_ms, ...named };
    return this.#ask("POST", `/v1/lanes/${this.lane}/requests`, { key: record.key, body });
  }

  async request(key) {
    return this.#ask("GET", `/v1/requests/${key}`);
  }

  async abort(key, body) {
    return this.#ask("POST", `/v1/requests/${key}/abort`, { body });
  }

  async reverse(key, reversalKey) {
    return this.#ask("POST", `/v1/requests/${key}/reverse`, { key: reversalKey, body: {} });
  }

  async printAgain(key) {
    return this.#ask("POST", `/v1/requests/${key}/receipt`, { body: {} });
  }

  // A stream of events that stays open; the signal ends it.
  async events(signal) {
    const answer = await fetch("/v1/events", { headers: this.#headers(), signal });
    if (!answer.ok) throw new Lost();
    return answer.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  #headers(key) {
    const named = key ? { "Idempotency-Key": key } : {};
    return { Authorization: `Bearer ${this.token}`, ...named };
  }

  async #ask(method, path, { key, body } = {}) {
    const headers = this.#headers(key);
    if (body) headers["Content-Type"] = "application/json";
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const sent = body && JSON.stringify(body);
    const told = await fetch(path, { method, headers, body: sent, signal, cache: "no-store" })
      .then(async (answer) => ({ isOk: answer.ok, body: await answer.json() }))
      .catch(() => {
        throw new Lost();
      });
    if (told.isOk) return told.body;
    throw DOUBTFUL.has(told.body.code) ? new Lost(told.body) : new Refused(told.body);
  }
}
