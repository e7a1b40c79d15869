// What happens at the lane, as it happens; and whether the terminal is there at all.

// The terminal writes each 15 s at least: silent for three times as long, a stream is dead.
const DEAD_MS = 45_000;
const AGAIN_MS = 2_000;

// `hears`: event(name, data), found(), lost(). Returns what ends it.
export function follow(api, hears) {
  const state = { isOver: false, cut: null };
  run(api, hears, state);
  return () => {
    state.isOver = true;
    state.cut?.abort();
  };
}

async function run(api, hears, state) {
  while (!state.isOver) {
    state.cut = new AbortController();
    try {
      await read(await api.events(state.cut.signal), hears, state);
    } catch {
      // a stream ends as streams do: what counts is asked for again
    }
    if (state.isOver) return;
    hears.lost();
    await new Promise((go) => setTimeout(go, AGAIN_MS));
  }
}

async function read(reader, hears, state) {
  let text = "";
  hears.found();
  for (;;) {
    const dead = setTimeout(() => state.cut.abort(), DEAD_MS);
    const part = await reader.read().finally(() => clearTimeout(dead));
    if (part.done) return;
    const blocks = (text + part.value).split("\n\n");
    text = blocks.pop();
    blocks.map(told).filter(Boolean).forEach(({ event, data }) => hears.event(event, data));
  }
}

function told(block) {
  const lines = block.split("\n").map((line) => line.split(/: (.*)/s));
  const members = Object.fromEntries(lines);
  return members.data ? { event: members.event, data: JSON.parse(members.data) } : null;
}
