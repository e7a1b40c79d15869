// The guided list "what do I need to bring?": worked out here, so that it needs neither the
// centre nor the terminal's answer. The terminal works it out again for its journal.

/** Return the question that stands after `answers` ([[question, answer], ...]), or null. */
export function nextQuestion(checklist, answers) {
  let at = checklist.start;
  for (const [question, answer] of answers) at = chosen(checklist, question, answer)?.next ?? null;
  return at && checklist.questions[at] ? at : null;
}

/** Return the ids of what is to be brought, each once, in the order of the answers. */
export function toBring(checklist, answers) {
  const ids = answers.flatMap(([q, a]) => chosen(checklist, q, a)?.bring ?? []);
  return [...new Set(ids)].filter((id) => checklist.items[id]);
}

/** Return the most questions that may still come after `question`: the longest way to the end. */
export function stepsLeft(checklist, question, seen = new Set()) {
  if (!question || seen.has(question) || !checklist.questions[question]) return 0;
  const before = new Set([...seen, question]);
  const next = checklist.questions[question].answers.map((answer) => answer.next);
  return 1 + Math.max(0, ...[...new Set(next)].map((id) => stepsLeft(checklist, id, before)));
}

function chosen(checklist, question, answer) {
  return checklist.questions[question]?.answers.find((each) => each.id === answer);
}
