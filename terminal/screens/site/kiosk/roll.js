// A list that may be longer than the screen: it scrolls by touch, and by two large buttons for
// whoever does not know that a picture behind glass can be pushed.

import { make, drawing } from "./said.js";
import { NAV } from "./words.js";

// Of a screenful: what stood last stands first afterwards, so that nobody loses the line.
const PAGE_SHARE = 0.8;

/** Return `content` in a window with buttons that show only while there is more. */
export function roll(content, label) {
  const shown = make(
    "div",
    { class: "roll-window", tabindex: "0", role: "region", label },
    content,
  );
  const up = pusher(shown, -1, "#k-up", NAV.up);
  const down = pusher(shown, 1, "#k-down", NAV.down);
  const ends = () => {
    const rest = shown.scrollHeight - shown.clientHeight;
    up.disabled = shown.scrollTop < 2;
    down.disabled = shown.scrollTop > rest - 2;
    up.hidden = down.hidden = rest < 2;
  };
  shown.addEventListener("scroll", ends, { passive: true });
  const watcher = new ResizeObserver(ends); // it goes when its elements go
  watcher.observe(shown);
  watcher.observe(content);
  return make("div", { class: "roll" }, shown, make("div", { class: "roll-keys" }, up, down));
}

function pusher(shown, direction, name, label) {
  const push = () => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const behavior = still ? "auto" : "smooth";
    shown.scrollBy({ top: direction * PAGE_SHARE * shown.clientHeight, behavior });
  };
  return make("button", { type: "button", class: "button", label, onclick: push }, drawing(name));
}
