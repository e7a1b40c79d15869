/** Elements, made without ever reading text as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** Return an element; a child is a node or text, null and false are left out. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    set(node, name, value);
  }
  node.append(...children.flat().filter((each) => each !== null && each !== false));
  return node;
}

function set(node, name, value) {
  if (typeof value === "function") {
    node.addEventListener(name, value);
  } else if (value === true) {
    node.setAttribute(name, "");
  } else if (value !== false && value !== null && value !== undefined) {
    node.setAttribute(name, String(value));
  }
}

export function show(node, ...children) {
  node.replaceChildren(...children.flat().filter((each) => each !== null && each !== false));
}

/** Return a table: columns are [heading, cell(row), class?]; a cell is a node or text. */
export function table(caption, columns, rows, empty) {
  const head = el("tr", {}, columns.map(([name, , kind]) =>
    el("th", { scope: "col", class: kind }, name)));
  const body = rows.map((row) => el("tr", {}, columns.map((column, place) => cell(column, row, place))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {},
      el("caption", {}, caption),
      el("thead", {}, head),
      el("tbody", {}, body)),
    rows.length === 0 && el("p", { class: "empty" }, empty));
}

function cell([name, of, kind], row, place) {
  const attributes = { class: kind, "data-name": name };
  return place === 0
    ? el("th", { scope: "row", ...attributes }, of(row))
    : el("td", attributes, of(row));
}

/** Return a labelled field. */
export function field(label, input, hint = null) {
  const id = `f-${input.name}`;
  input.id = id;
  if (hint !== null) {
    input.setAttribute("aria-describedby", `${id}-hint`);
  }
  return el("div", { class: "field" },
    el("label", { for: id }, label),
    input,
    hint !== null && el("p", { class: "hint", id: `${id}-hint` }, hint));
}

export function button(label, act, kind = "") {
  return el("button", { type: "button", class: kind, click: act }, label);
}

/** Return a form whose sending is `act(values)`; nothing is ever sent by the browser itself. */
export function form(label, act, ...children) {
  const send = async (event) => {
    event.preventDefault();
    const own = event.currentTarget;
    const senders = own.querySelectorAll("button");
    senders.forEach((each) => { each.disabled = true; });
    try {
      await act(Object.fromEntries(new FormData(own)));
    } finally {
      senders.forEach((each) => { each.disabled = false; });
    }
  };
  return el("form", { "aria-label": label, submit: send }, ...children);
}
