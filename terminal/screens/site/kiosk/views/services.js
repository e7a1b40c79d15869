// Lists of services (one topic's, or all that have a guided list), the search, and one service.

import { keyboard } from "../keyboard.js";
import { button, tile } from "../parts.js";
import { roll } from "../roll.js";
import { drawing, make, say } from "../said.js";
import { HITS_MAX, found } from "../search.js";
import { ASKING, FIND, SERVICE } from "../words.js";

export function category(kiosk, { id }) {
  const { categories, services } = kiosk.catalogue;
  const topic = categories.find((each) => each.id === id);
  const mine = services.filter((service) => service.category === id);
  const open = (service) => kiosk.go({ name: "service", id: service.id });
  return { title: topic, lead: SERVICE.services(mine.length), body: listed(mine, topic, open) };
}

export function lists(kiosk) {
  const mine = kiosk.catalogue.services.filter((service) => service.checklist);
  const open = (service) => kiosk.go({ name: "asking", id: service.id, answers: [] });
  return {
    title: ASKING.listsTitle,
    lead: ASKING.listsLead,
    body: listed(mine, ASKING.listsTitle, open),
  };
}

export function find(kiosk, place) {
  const field = searchField(place);
  const hits = make("div", { class: "find-hits" });
  const told = make("p", { class: "soft", role: "status" });
  const look = button(FIND.look(0), "", () => body.classList.remove("is-typing"), { main: true });
  const line = make("div", { class: "find-line" }, field.box, look, told);
  const body = make(
    "div",
    { class: "find is-typing" },
    line,
    hits,
    keyboard(field.input, "letters"),
  );
  const search = () => {
    place.query = field.input.value;
    const services = found(kiosk.catalogue.index, place.query);
    say(told, countOf(services, place.query));
    say(look.firstChild, FIND.look(services.length));
    hits.replaceChildren(
      listed(services, FIND.title, (each) => kiosk.go({ name: "service", id: each.id })),
    );
  };
  field.input.addEventListener("input", search);
  field.input.addEventListener("pointerdown", () => body.classList.add("is-typing"));
  field.input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") hits.querySelector("button")?.focus();
  });
  search();
  return { title: FIND.title, lead: FIND.lead, body, focus: field.input };
}

export function service(kiosk, { id }) {
  const it = kiosk.serviceOf(id);
  const said = make("div", { class: "said" });
  const acts = make("div", { class: "acts acts-large" });
  acts.append(...actsOf(kiosk, it, () => begin()));
  const done = () => kiosk.arrive();
  const begin = () => kiosk.attempt(acts, () => kiosk.openVisit(it), { done, said });
  const body = make("div", { class: "service" }, facts(it), said, acts);
  return { title: it, lead: { zh: it.what_zh, en: it.what_en }, body };
}

function actsOf(kiosk, it, begin) {
  const acts = [mainAct(kiosk, it, begin)];
  if (it.checklist) {
    acts.push(
      button(SERVICE.bring, "list", () => kiosk.go({ name: "asking", id: it.id, answers: [] })),
    );
  }
  acts.push(button(SERVICE.appeal, "message", () => kiosk.go({ name: "appeal", id: it.id })));
  return acts;
}

function mainAct(kiosk, it, begin) {
  const { visit } = kiosk;
  if (visit?.service.id === it.id && visit.state === "ready" && !visit.isGone) {
    return button(SERVICE.proceed, "next", () => kiosk.go({ name: "ready" }), { main: true });
  }
  if (it.needs_card) return button(SERVICE.beginScan, "phone", begin, { main: true });
  return button(SERVICE.begin, "next", begin, { main: true });
}

function facts(it) {
  const row = make("ul", { class: "facts", role: "list" });
  row.append(
    fact(it.needs_card ? "phone" : "check", it.needs_card ? SERVICE.needsCard : SERVICE.noCard),
  );
  if (it.ticket) row.append(fact("ticket", SERVICE.ticket));
  return row;
}

function fact(icon, text) {
  return make(
    "li",
    { class: "badge", "data-kind": "info" },
    drawing(icon),
    make("span", { say: text }),
  );
}

function listed(services, label, open) {
  const rows = services.map((service) => {
    const below = { zh: service.what_zh, en: service.what_en };
    return make("li", {}, tile(service, { below, onclick: () => open(service), className: "row" }));
  });
  return roll(make("ul", { class: "rows", role: "list" }, ...rows), label);
}

function searchField(place) {
  const input = make("input", {
    id: "find", type: "text", inputmode: "none", autocomplete: "off", spellcheck: "false",
    autocapitalize: "off", maxlength: "40",
  });
  input.value = place.query;
  say(input, FIND.hint, "placeholder");
  const label = make("label", { for: "find", class: "unseen", say: FIND.field });
  return {
    input,
    box: make("div", { class: "field find-field" }, label, drawing("search"), input),
  };
}

function countOf(services, query) {
  if (!query.trim()) return FIND.start;
  if (services.length === 0) return FIND.none;
  return services.length === HITS_MAX ? FIND.many(HITS_MAX) : FIND.hits(services.length);
}
