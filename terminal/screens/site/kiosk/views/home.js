// Where everybody begins: topics, search, and the guided lists. Nothing here is anybody's.

import { notice, button, tile } from "../parts.js";
import { roll } from "../roll.js";
import { drawing, make, say } from "../said.js";
import { HOME, SERVICE } from "../words.js";

const SHOWN_EARLY = new Set(["granted", "refused", "help"]);
const NOTHING = { zh: "", en: "" };

export function home(kiosk) {
  const body = make("div", { class: "home" });
  const hint = make("p", { class: "hint", role: "status" });
  const paint = () => body.replaceChildren(
    hint,
    ...(kiosk.catalogue ? topics(kiosk) : [noneYet(kiosk)]),
  );
  paint();
  const heard = (what) => {
    if (what === "catalogue") paint();
    // Somebody shows a code before he has said what for.
    const isEarly = SHOWN_EARLY.has(kiosk.screen?.view);
    if (what === "screen") say(hint, isEarly ? HOME.scanLater : NOTHING);
  };
  return { title: HOME.title, lead: HOME.lead, body, heard };
}

function topics(kiosk) {
  const { categories, services } = kiosk.catalogue;
  const tiles = categories.map((category) => {
    const count = services.filter((service) => service.category === category.id).length;
    const onclick = () => kiosk.go({ name: "category", id: category.id });
    return make("li", {}, tile(category, { below: SERVICE.services(count), onclick }));
  });
  const list = make("ul", { class: "tiles", role: "list" }, ...tiles);
  return [roll(make("div", { class: "stack" }, ways(kiosk), list), HOME.topics)];
}

function ways(kiosk) {
  const search = make(
    "button",
    { type: "button", class: "button seek", onclick: () => kiosk.go({ name: "find", query: "" }) },
    drawing("search"),
    make("span", { say: HOME.search }),
  );
  const row = make("div", { class: "ways" }, search);
  if (kiosk.catalogue.services.some((service) => service.checklist)) {
    row.append(button(HOME.bring, "list", () => kiosk.go({ name: "lists" })));
  }
  row.append(button(HOME.appeal, "message", () => kiosk.go({ name: "appeal", id: null })));
  return row;
}

function noneYet(kiosk) {
  const again = button(HOME.again, "", () => kiosk.fetchCatalogue(), { main: true });
  return notice("wait", "info", HOME.none, HOME.noneText, again);
}
