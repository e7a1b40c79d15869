// Follows one screen, and knows when it has lost the terminal.
//
//   const live = follow("gate-1", {
//     screen(screen) {},      // a whole Screen; the newest alone
//     settings(settings) {},  // {lane, kind, languages, mode, idle_s, sound}
//     visit(visit) {},        // any further event, by its name
//     lost() {},              // nothing was heard for STALE_MS: say "out of service"
//     found() {},             // heard again
//   });
//   live.stop();
//
// A terminal that was updated has other files: a page of the old ones is loaded anew.

// The terminal speaks each two seconds; after three times without a word it is taken for lost.
export const STALE_MS = 6_000;
// EventSource tries again by itself, but gives up for good on an answer that is no stream.
const AGAIN_MS = 1_500;

export function follow(lane, hears) {
  const state = { source: null, timer: 0, again: 0, isLost: false, site: "" };
  const heard = () => watch(state, hears);

  function connect() {
    const source = new EventSource(`/screen/v1/${lane}/events`);
    state.source = source;
    source.addEventListener("alive", heard);
    source.addEventListener("settings", (event) => renew(state, JSON.parse(event.data).site));
    for (const [name, tell] of Object.entries(hears)) {
      if (name !== "lost" && name !== "found") source.addEventListener(name, told(tell, heard));
    }
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(state.again);
      state.again = setTimeout(connect, AGAIN_MS);
    });
  }

  watch(state, hears);
  connect();
  return { stop: () => stop(state) };
}

// The lane that a page is of: the last part of /screen/<lane>.
export function laneOf(location) {
  return location.pathname.split("/").pop();
}

function told(tell, heard) {
  return (event) => {
    heard();
    tell(JSON.parse(event.data));
  };
}

function renew(state, site) {
  if (state.site && site !== state.site) location.reload();
  state.site = site;
}

function watch(state, hears) {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => {
    state.isLost = true;
    hears.lost?.();
  }, STALE_MS);
  if (!state.isLost) return;
  state.isLost = false;
  hears.found?.();
}

function stop(state) {
  clearTimeout(state.timer);
  clearTimeout(state.again);
  state.source?.close();
}
