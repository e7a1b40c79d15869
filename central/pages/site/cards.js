/** One card's status, changed by an admin who types its index twice. */

import { post } from "./api.js";
import { el, field, form } from "./dom.js";
import { named, t } from "./words.js";

const VALUES = ["revoked", "suspended", "valid"];

export function cardView(shell) {
  const digits = (name) => el("input", { name, required: true, inputmode: "numeric", pattern: "[0-9]{1,10}", maxlength: 10, autocomplete: "off" });
  const value = el("select", { name: "value" }, VALUES.map((each) =>
    el("option", { value: each }, t(`status.${each}`))));
  const why = el("input", { name: "why", required: true, maxlength: 200, autocomplete: "off" });
  const send = async (values) => {
    try {
      const told = await post("card", { ...values, status: Number(values.status) });
      shell.say(t("cardDone", told.status, named("status", told.value)));
    } catch (error) {
      shell.failed(error);
    }
  };
  return el("section", { class: "door" },
    el("h1", { tabindex: "-1" }, t("card")),
    el("p", {}, t("cardText")),
    form(t("card"), send,
      field(t("cardIndex"), digits("status")),
      field(t("cardAgain"), digits("again")),
      field(t("cardValue"), value),
      field(t("why"), why),
      el("button", { type: "submit", class: "grave" }, t("cardConfirm"))));
}
