// Two languages and two modes, by one touch each.
//
//   const talk = new Talk(document.documentElement, { languages: ["zh", "en"], mode: "usual" });
//   talk.on(() => paint());     // whenever either changes
//   talk.say({ zh: "…", en: "…" })          one text, in the language of now
//   talk.write(element, { zh: "…", en: "…" })   as its text, with its `lang`
//   talk.next(); talk.toggle(); talk.reset();

const TAGS = { zh: "zh-CN", en: "en" };

export class Talk {
  #root;
  #heard = [];
  #languages = ["zh", "en"];
  #mode = "usual";

  constructor(root) {
    this.#root = root;
    this.#set("zh", "usual");
  }

  // Takes a screen's settings; what somebody has chosen stays until `reset`.
  settle({ languages, mode }) {
    const isNew = languages.join() !== this.#languages.join() || mode !== this.#mode;
    this.#languages = languages;
    this.#mode = mode;
    if (isNew) this.reset();
  }

  get language() {
    return this.#root.dataset.lang;
  }

  get other() {
    return this.#languages.find((each) => each !== this.language) ?? "";
  }

  get isSenior() {
    return this.#root.dataset.mode === "senior";
  }

  on(hear) {
    this.#heard.push(hear);
  }

  say(text) {
    return text?.[this.language] || text?.zh || text?.en || "";
  }

  write(element, text, language = this.language) {
    const words = text?.[language] ?? "";
    if (element.textContent !== words) element.textContent = words;
    element.lang = TAGS[language];
  }

  next() {
    if (this.other) this.#set(this.other, this.#root.dataset.mode);
  }

  toggle() {
    this.#set(this.language, this.isSenior ? "usual" : "senior");
  }

  // Back to what the screen begins with: somebody else stands there now.
  reset() {
    this.#set(this.#languages[0], this.#mode);
  }

  #set(language, mode) {
    this.#root.lang = TAGS[language];
    this.#root.dataset.lang = language;
    this.#root.dataset.mode = mode;
    for (const hear of this.#heard) hear();
  }
}
