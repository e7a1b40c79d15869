/** What operators did, the newest first. */

import { get } from "./api.js";
import { button, el, table } from "./dom.js";
import { moment, named, number, t } from "./words.js";

export async function auditView(shell, query) {
  const told = await get("audit", query);
  return el("section", {},
    el("h1", { tabindex: "-1" }, t("audit")),
    el("p", {}, el("a", { href: "api/audit/export", download: "audit.ndjson" }, t("export"))),
    table(t("audit"), [
      [t("number"), (row) => number(row.number), "number"],
      [t("at"), (row) => moment(row.at)],
      [t("who"), (row) => row.who],
      [t("via"), (row) => named("via", row.via)],
      [t("what"), (row) => el("code", {}, row.what)],
      [t("on"), (row) => row.on],
      [t("detail"), (row) => row.detail],
    ], told.lines, t("nothing")),
    told.next !== null && button(t("more"), () => shell.go(`#/audit?before=${told.next}`)));
}
