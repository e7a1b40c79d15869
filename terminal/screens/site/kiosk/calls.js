// Asks the terminal, which serves this page. Three outcomes, and no exception:
// {kind: "done", body}, {kind: "refused", status, code}, {kind: "lost"}.

// The terminal answers within 2 s at most (a question to the centre); twice that is no answer.
const ANSWER_MS_MAX = 4_000;

export class Calls {
  /** @param {string} base path of this lane's page interface, "/screen/v1/<lane>" */
  constructor(base) {
    this.base = base;
  }

  /** Ask for a resource; `cache` is "no-cache" for what is everybody's, and may be kept. */
  get(path, cache = "no-store") {
    return this.#ask(path, { method: "GET", cache });
  }

  /** Tell something; `X-Screen` is what no foreign page can send. */
  post(path, body) {
    const headers = { "Content-Type": "application/json", "X-Screen": "1" };
    return this.#ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async #ask(path, options) {
    const ended = new AbortController();
    const timer = setTimeout(() => ended.abort(), ANSWER_MS_MAX);
    try {
      const answer = await fetch(
        `${this.base}/${path}`,
        { cache: "no-store", ...options, signal: ended.signal },
      );
      return await outcomeOf(answer);
    } catch {
      return { kind: "lost" }; // no connection, no answer in time, or one that is no JSON
    } finally {
      clearTimeout(timer);
    }
  }
}

async function outcomeOf(answer) {
  const body = await answer.json();
  if (answer.ok) return { kind: "done", body };
  // 5xx: the terminal is there and could not; as good as lost, and tried again as that
  if (answer.status >= 500) return { kind: "lost" };
  return { kind: "refused", status: answer.status, code: body.code ?? "" };
}
