/** Signing in, and changing one's own password. */

import { keepForm, post } from "./api.js";
import { el, field, form } from "./dom.js";
import { t } from "./words.js";

function input(name, type, autocomplete) {
  return el("input", { name, type, autocomplete, required: true, maxlength: 256,
    autocapitalize: "none", spellcheck: "false" });
}

/** Return the door; `done(session)` is called once somebody is in. */
export function signInView(done, failed) {
  const send = async (values) => {
    try {
      const session = await post("session", values);
      keepForm(session.form);
      done(session);
    } catch (error) {
      failed(error);
    }
  };
  return el("section", { class: "door" },
    el("h1", {}, t("signIn")),
    form(t("signIn"), send,
      field(t("name"), input("name", "text", "username")),
      field(t("password"), input("password", "password", "current-password")),
      el("button", { type: "submit", class: "main" }, t("signIn"))));
}

export function passwordView({ say, failed }) {
  const send = async (values) => {
    try {
      const session = await post("password", values);
      keepForm(session.form);
      say(t("passwordChanged"));
    } catch (error) {
      failed(error);
    }
  };
  return el("section", { class: "door" },
    el("h1", { tabindex: "-1" }, t("changePassword")),
    form(t("changePassword"), send,
      field(t("oldPassword"), input("old", "password", "current-password")),
      field(t("newPassword"), input("new", "password", "new-password"), t("passwordHint")),
      el("button", { type: "submit", class: "main" }, t("changePassword"))));
}
