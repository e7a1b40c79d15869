// One to five, by faces and words.

import { button } from "../parts.js";
import { drawing, make } from "../said.js";
import { RATE } from "../words.js";

export function rate(kiosk) {
  const said = make("div", { class: "said" });
  const send = button(RATE.send, "check", () => give(), { main: true, disabled: true });
  const faces = make(
    "fieldset",
    { class: "faces" },
    make("legend", { class: "unseen", say: RATE.title }),
  );
  RATE.scores.forEach((text, place) => faces.append(face(text, place + 1)));
  faces.addEventListener("change", () => (send.disabled = false));
  const body = make("div", { class: "rate" }, faces, said, make("div", { class: "acts" }, send));
  const done = () => {
    kiosk.visit.score = scoreOf(faces);
    kiosk.back();
  };
  const act = () => kiosk.tell("rate", { score: scoreOf(faces), text: "" });
  const give = () => kiosk.attempt(body, act, { done, said });
  return { title: RATE.title, lead: RATE.lead, body };
}

function scoreOf(faces) {
  return Number(faces.querySelector("input:checked").value);
}

function face(text, score) {
  const input = make(
    "input",
    { type: "radio", name: "score", value: String(score), class: "unseen" },
  );
  return make(
    "label",
    { class: "face" },
    input,
    drawing(`#k-face-${score}`, "icon face-icon"),
    make("span", { say: text }),
  );
}
