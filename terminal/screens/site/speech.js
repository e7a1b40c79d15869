// What a screen lets be heard: a chime, a recorded sentence, or the browser's own voice.
//
//   const voice = new Voice();
//   voice.isOn = true;
//   voice.chime("ok");                          // ok, deny, refer, held-open
//   voice.say("请通行。", "zh", "/screen/v1/gate-1/sounds/zh/granted.wav");
//   voice.hush();

const TAGS = { zh: "zh-CN", en: "en-GB" };
// Slower than people talk: it is for those who hear badly.
const RATE = 0.85;

export class Voice {
  isOn = true;
  #playing = null;
  #turn = 0;

  chime(name) {
    this.hush();
    if (this.isOn) this.#play(`/assets/chime-${name}.wav`);
  }

  // Says a sentence behind the chime that still sounds; the newest cuts what was being said.
  async say(sentence, language, recording = "") {
    if (!this.isOn || !sentence) return;
    const turn = ++this.#turn;
    await this.#ended();
    if (turn !== this.#turn) return;
    if (recording && (await this.#play(recording))) return;
    if (turn === this.#turn) this.#speak(sentence, language);
  }

  hush() {
    this.#turn += 1;
    this.#playing?.pause();
    this.#playing = null;
    globalThis.speechSynthesis?.cancel();
  }

  // Resolves to whether it plays: a browser may want a touch first, and a file may be missing.
  async #play(address) {
    const sound = new Audio(address);
    this.#playing = sound;
    try {
      await sound.play();
      return true;
    } catch {
      if (this.#playing === sound) this.#playing = null;
      return false;
    }
  }

  #ended() {
    const sound = this.#playing;
    if (!sound || sound.ended) return Promise.resolve();
    return new Promise((resolve) => {
      for (const name of ["ended", "pause", "error"]) {
        sound.addEventListener(name, resolve, { once: true });
      }
    });
  }

  #speak(sentence, language) {
    const speech = globalThis.speechSynthesis;
    if (!speech) return;
    speech.cancel();
    const spoken = new SpeechSynthesisUtterance(sentence);
    spoken.lang = TAGS[language];
    spoken.rate = RATE;
    speech.speak(spoken);
  }
}
