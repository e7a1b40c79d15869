// What this page must still know after a reload or a power cut: what is in hand, and the day's sales.
//
// An IndexedDB transaction of strict durability is on the disk when it is told to be complete. What
// localStorage takes, Chromium writes some seconds later: too late for a key that money hangs on.

const NAME = "scan-terminal-counter";
// Two days of a busy till.
const SALES_MAX = 600;
const KEPT_MS = 2 * 86_400_000;
const WRITE = { durability: "strict" };

// One lane's and one token's; another token's entries are never touched.
export class Book {
  #base;

  static async open(lane, token) {
    const book = new Book();
    book.owner = `${lane}/${await digest(token)}`;
    book.#base = await opened();
    return book;
  }

  // What was begun and not seen to its end; null: nothing.
  async pending() {
    return (await this.#read("pending", this.owner)) ?? null;
  }

  // Resolves when it is on the disk.
  async begin(record) {
    await this.#write((stores) => stores.pending.put({ ...record, owner: this.owner }));
  }

  // Ends what is in hand; with a sale, that is kept by the same stroke.
  async end(sale = null) {
    await this.#write((stores) => {
      stores.pending.delete(this.owner);
      if (sale) stores.sales.put({ ...sale, owner: this.owner });
    });
  }

  // The newest first; what another version of this page kept may be no sale.
  async sales() {
    const all = await this.#read("sales", null);
    return all.filter((each) => each.owner === this.owner && each.outcome).sort((one, other) => other.begun - one.begun);
  }

  // How much other tokens have left in hand here.
  async elsewhere() {
    const all = await this.#read("pending", null);
    return all.filter((each) => each.owner !== this.owner).length;
  }

  // Lets go of what is too old to be shown here.
  async tidy(now) {
    const all = await this.sales();
    const old = all.filter((each, place) => place >= SALES_MAX || each.begun < now - KEPT_MS);
    await this.#write((stores) => old.forEach((each) => stores.sales.delete(each.key)));
  }

  #read(store, key) {
    const asked = this.#base.transaction(store).objectStore(store);
    return done(key === null ? asked.getAll() : asked.get(key));
  }

  #write(change) {
    const transaction = this.#base.transaction(["pending", "sales"], "readwrite", WRITE);
    const named = (name) => transaction.objectStore(name);
    change({ pending: named("pending"), sales: named("sales") });
    return new Promise((whole, broken) => {
      transaction.oncomplete = () => whole();
      transaction.onabort = () => broken(transaction.error);
    });
  }
}

export function newKey() {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

async function digest(token) {
  const hashed = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return Array.from(new Uint8Array(hashed, 0, 8), (octet) => octet.toString(16).padStart(2, "0")).join("");
}

function opened() {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("pending", { keyPath: "owner" });
    asked.result.createObjectStore("sales", { keyPath: "key" });
  };
  return done(asked);
}

function done(asked) {
  return new Promise((found, broken) => {
    asked.onsuccess = () => found(asked.result);
    asked.onerror = () => broken(asked.error);
  });
}
