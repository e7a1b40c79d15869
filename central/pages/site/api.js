/** The centre's answers, and its refusals as errors with a code. */

export class Refused extends Error {
  constructor(code, waitS) {
    super(code);
    this.code = code;
    this.waitS = waitS;
  }
}

let form = "";

/** Keep what is sent with each change of this session. */
export function keepForm(token) {
  form = token;
}

/** Return what `path` tells; `quiet` does not count as somebody being at the page. */
export function get(path, query = {}, { quiet = false } = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  const headers = quiet ? { "X-Quiet": "1" } : {};
  return answered(fetch(`api/${path}${asked.size ? `?${asked}` : ""}`, { headers }));
}

export function post(path, members = {}) {
  return answered(fetch(`api/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Form": form },
    body: JSON.stringify(members),
  }));
}

async function answered(asked) {
  let answer;
  try {
    answer = await asked;
  } catch {
    throw new Refused("away", 0);
  }
  if (answer.ok) {
    return answer.json();
  }
  const problem = await answer.json().catch(() => ({}));
  throw new Refused(problem.title ?? "away", problem.wait_s ?? 0);
}
