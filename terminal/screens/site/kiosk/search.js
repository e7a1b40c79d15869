// Finds services by what people type: Chinese, English, full pinyin or its initials (gjj).
// The keywords are the content pack's; nothing here knows a language.

// A list that nobody reads to its end; whoever has more hits types one more letter.
export const HITS_MAX = 60;

/** Return the catalogue's services as rows that can be searched quickly. */
export function indexed(services) {
  return services.map((service) => ({
    service,
    names: [folded(service.zh), folded(service.en)],
    keywords: (service.keywords ?? []).map(folded),
    what: folded(`${service.what_zh ?? ""} ${service.what_en ?? ""}`),
  }));
}

/** Return the services that have every word of `query`, the best first. */
export function found(index, query) {
  const words = folded(query).split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [];
  return index
    .map((row, place) => ({ row, place, worth: worthOf(row, words) }))
    .filter((hit) => hit.worth > 0)
    .sort((a, b) => b.worth - a.worth || a.place - b.place)
    .slice(0, HITS_MAX)
    .map((hit) => hit.row.service);
}

/** Return text as it is compared: full-width letters, capitals and accents are no difference. */
export function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

function worthOf(row, words) {
  let sum = 0;
  for (const word of words) {
    const worth = wordWorth(row, word);
    if (worth === 0) return 0;
    sum += worth;
  }
  return sum;
}

function wordWorth({ names, keywords, what }, word) {
  if (names.includes(word) || keywords.includes(word)) return 8;
  if (names.some((name) => name.startsWith(word))) return 6;
  if (keywords.some((keyword) => keyword.startsWith(word))) return 5;
  if (names.some((name) => name.includes(word))) return 4;
  if (keywords.some((keyword) => keyword.includes(word))) return 2;
  return what.includes(word) ? 1 : 0;
}
