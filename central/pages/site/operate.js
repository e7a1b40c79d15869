/** The frame around every view: who is in, which view, and what is said. */

import { Refused, get, keepForm, post } from "./api.js";
import { appealView, appealsView } from "./appeals.js";
import { auditView } from "./audit.js";
import { cardView } from "./cards.js";
import { caseView, casesView } from "./cases.js";
import { button, el, show } from "./dom.js";
import { passwordView, signInView } from "./session.js";
import { terminalView } from "./terminal.js";
import { terminalsView } from "./terminals.js";
import { locale, otherLanguage, t } from "./words.js";

const ROLES = ["viewer", "operator", "admin"];
const WAYS = [["#/", "terminals", "viewer"], ["#/work", "work", "viewer"], ["#/appeals", "appeals", "viewer"], ["#/card", "card", "admin"], ["#/audit", "audit", "admin"]];
// The overview is read anew as often; the centre itself reads every five seconds at most.
const EVERY_MS = 15_000;

const at = (id) => document.getElementById(id);

const shell = {
  session: null,
  timer: 0,
  go(hash) {
    if (location.hash === hash) {
      view();
    } else {
      location.hash = hash;
    }
  },
  say(words) {
    at("said").textContent = words;
  },
  may(role) {
    return ROLES.indexOf(shell.session.role) >= ROLES.indexOf(role);
  },
  failed(error) {
    if (!(error instanceof Refused)) {
      throw error;
    }
    if (error.code === "signed-out" && shell.session !== null) {
      shell.session = null;
      frame();
      view();
    }
    at("said").textContent = t(`no.${error.code}`, error.waitS);
  },
  async again(words) {
    await view();
    shell.say(words);
  },
  every(task) {
    shell.timer = setInterval(() => task().catch(shell.failed), EVERY_MS);
  },
};

const VIEWS = [
  [/^#?\/?$/, (_, query) => terminalsView(shell, query)],
  [/^#\/terminal\/(.+)$/, ([, name]) => terminalView(shell, decodeURIComponent(name))],
  [/^#\/work$/, (_, query) => casesView(shell, query)],
  [/^#\/case$/, (_, query) => caseView(shell, query)],
  [/^#\/appeals$/, (_, query) => appealsView(shell, query)],
  [/^#\/appeal$/, (_, query) => appealView(shell, query)],
  [/^#\/card$/, () => cardView(shell)],
  [/^#\/audit$/, (_, query) => auditView(shell, query)],
  [/^#\/password$/, () => passwordView(shell)],
];

let asked = 0;

async function view() {
  clearInterval(shell.timer);
  asked += 1;
  const own = asked;
  try {
    const found = await made();
    if (own !== asked) {
      return; // somebody went on meanwhile
    }
    shell.say("");
    markWay();
    show(at("main"), found);
    at("main").querySelector("h1")?.focus();
    document.title = `${at("main").querySelector("h1")?.textContent ?? ""} – ${t("brand")}`;
  } catch (error) {
    shell.failed(error);
  }
}

/** Mark where one is; a terminal or a case belongs to the list that it stands in. */
function markWay() {
  const path = location.hash.split("?", 1)[0];
  const list = { "#/terminal": "#/", "#/case": "#/work", "#/appeal": "#/appeals" }[path.split("/", 2).join("/")] ?? (path || "#/");
  at("ways").querySelectorAll("a").forEach((each) => {
    if (each.getAttribute("href") === list) {
      each.setAttribute("aria-current", "page");
    } else {
      each.removeAttribute("aria-current");
    }
  });
}

async function made() {
  if (shell.session === null) {
    return signInView(entered, shell.failed);
  }
  const [path, query] = location.hash.split("?", 2);
  const [form, of] = VIEWS.find(([each]) => each.test(path)) ?? VIEWS[0];
  return of(path.match(form) ?? [], Object.fromEntries(new URLSearchParams(query ?? "")));
}

function entered(session) {
  shell.session = session;
  frame();
  view();
}

async function leave() {
  try {
    await post("session/end");
  } catch (error) {
    shell.failed(error);
    return;
  }
  shell.session = null;
  frame();
  await shell.again(t("signedOut"));
}

function frame() {
  document.documentElement.lang = locale();
  at("brand").textContent = t("brand");
  at("skip").textContent = t("skip");
  at("language").textContent = t("language");
  at("language").lang = locale() === "zh-CN" ? "en-GB" : "zh-CN";
  const ways = at("ways");
  ways.hidden = shell.session === null;
  ways.setAttribute("aria-label", t("way.main"));
  show(ways, shell.session === null ? [] : WAYS.filter(([, , role]) => shell.may(role))
    .map(([hash, name]) => el("a", { href: hash }, t(`way.${name}`))));
  show(at("who"), shell.session === null ? [] : [
    el("a", { href: "#/password", "aria-label": `${shell.session.name}: ${t("changePassword")}` },
      `${shell.session.name} (${t(`role.${shell.session.role}`)})`),
    button(t("signOut"), leave, "quiet"),
  ]);
}

async function begin() {
  try {
    shell.session = await get("session");
    keepForm(shell.session.form);
  } catch (error) {
    if (!(error instanceof Refused)) {
      throw error;
    }
    if (error.code !== "signed-out") {
      shell.failed(error);
    }
  }
  frame();
  await view();
}

at("language").addEventListener("click", () => {
  otherLanguage();
  frame();
  view();
});
at("skip").addEventListener("click", (event) => {
  event.preventDefault();
  at("main").focus();
});
window.addEventListener("hashchange", view);
begin();
