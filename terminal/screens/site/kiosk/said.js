// Text in two languages that is told again where it stands when the language changes:
// nothing is drawn anew, so whoever reads or writes loses neither his place nor his words.

const pairs = new WeakMap(); // node -> Map(attribute or "" for the text -> {zh, en})
let spoken = "zh";

/** Put `pair` into the node's text, or into one of its attributes. */
export function say(node, pair, attribute = "") {
  const kept = pairs.get(node) ?? new Map();
  kept.set(attribute, pair);
  pairs.set(node, kept);
  node.toggleAttribute("data-said", true);
  put(node, attribute, pair);
  return node;
}

/** Tell everything under `root` in `language` ("zh" or "en"). */
export function tellIn(language, root = document) {
  spoken = language;
  for (const node of root.querySelectorAll("[data-said]")) {
    pairs.get(node)?.forEach((pair, attribute) => put(node, attribute, pair));
  }
}

/** Return the text of a pair in the language that is told at present. */
export function told(pair) {
  return pair[spoken] ?? pair.en;
}

/** Return a new element; `say` is its text, `label` its aria-label, the rest are attributes. */
export function make(tag, { say: text, label, onclick, ...attributes } = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  if (text) say(node, text);
  if (label) say(node, label, "aria-label");
  if (onclick) node.addEventListener("click", onclick);
  node.append(...children);
  return node;
}

/**
 * Return a drawing, which words beside it explain: one of the shared sprite, of which the page has
 * copies (a terminal that is lost must be told of with its sign), or one of the page's own ("#k-").
 */
export function drawing(name, className = "icon") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", name.startsWith("#") ? name : `#i-${name}`);
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  svg.append(use);
  return svg;
}

function put(node, attribute, pair) {
  if (attribute) node.setAttribute(attribute, told(pair));
  else node.textContent = told(pair);
}
