// "What do I need to bring?": a question a screen, then the list. Each answer is a step of the
// way, so that "Back" asks the question before again.

import { nextQuestion, stepsLeft, toBring } from "../checklist.js";
import { button, notice, tile } from "../parts.js";
import { roll } from "../roll.js";
import { make } from "../said.js";
import { ASKING } from "../words.js";

export function asking(kiosk, { id, answers }) {
  const list = listOf(kiosk, id);
  const at = nextQuestion(list, answers);
  if (!at) return result(kiosk, id, answers);
  const question = list.questions[at];
  const tiles = question.answers.map((answer) => {
    const next = { name: "asking", id, answers: [...answers, [at, answer.id]] };
    return tile(answer.text, { icon: "next", onclick: () => kiosk.go(next), className: "row" });
  });
  const lead = ASKING.step(answers.length + 1, answers.length + stepsLeft(list, at));
  const body = make(
    "div",
    { class: "appeal" },
    roll(make("div", { class: "rows" }, ...tiles), question.text),
  );
  return { title: question.text, lead, body };
}

function result(kiosk, id, answers) {
  const list = listOf(kiosk, id);
  const items = toBring(list, answers).map((item) => row(list.items[item]));
  const things = items.length > 0
    ? roll(make("ol", { class: "things", role: "list" }, ...items), ASKING.resultTitle)
    : notice("info", "check", ASKING.resultTitle, ASKING.nothing);
  const again = button(ASKING.again, "back", () => anew(kiosk, id));
  const body = make(
    "div",
    { class: "bring" },
    make("p", { class: "bring-of", say: kiosk.serviceOf(id) }),
    things,
    make("div", { class: "acts" }, again),
  );
  // For the journal alone: the list stands, whatever becomes of this.
  kiosk.tellQuietly("checklist", { checklist: kiosk.serviceOf(id).checklist, answers });
  return { title: ASKING.resultTitle, lead: ASKING.resultLead, body };
}

function anew(kiosk, id) {
  kiosk.trail.backTo(
    (place) => place.name === "asking" && place.id === id && place.answers.length === 0,
  );
  kiosk.paint();
}

function row({ zh, en, note }) {
  const words = make(
    "span",
    { class: "tile-words" },
    make("span", { class: "tile-name", say: { zh, en } }),
  );
  if (note?.zh || note?.en) words.append(make("span", { class: "tile-below", say: note }));
  return make(
    "li",
    { class: "thing" },
    make("span", { class: "thing-box", "aria-hidden": "true" }),
    words,
  );
}

function listOf(kiosk, id) {
  return kiosk.catalogue.checklists[kiosk.serviceOf(id).checklist];
}
