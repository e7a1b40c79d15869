// Elements, made from words and never from markup.

const SPACE = "http://www.w3.org/2000/svg";

export const part = (id) => document.getElementById(id);

export function made(tag, { text = "", kind = "", lang = "" } = {}, ...inside) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  if (kind) element.className = kind;
  if (lang) element.lang = lang;
  element.append(...inside);
  return element;
}

export function icon(name) {
  const drawn = document.createElementNS(SPACE, "svg");
  const used = document.createElementNS(SPACE, "use");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  used.setAttribute("href", `#c-${name}`);
  drawn.append(used);
  return drawn;
}

// Written only where it is another: a live region says each change aloud.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
