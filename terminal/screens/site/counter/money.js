// Amounts, as whole numbers of a currency's smallest unit; no fraction of a number is ever used.

const SIGNS = { CNY: "¥", EUR: "€", GBP: "£", USD: "$" };
// With these, and three digits behind the point, a number still holds every amount exactly.
const WHOLE_DIGITS_MAX = 9;

// The amount that somebody has typed, or null: it is none. "10", "10.0" and "10.00" are 1000 of a
// currency with two decimals; "10,5", "1e3", "-1", "007" and "1.005" are nothing.
// Digits are taken as a Chinese keyboard types them in its wide form, and its full stop as a point.
export function parseAmount(text, decimals) {
  const typed = text.trim().replace(/[\uff0e\uff10-\uff19]/g, narrow).replace("。", ".");
  const found = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/.exec(typed);
  if (!found) return null;
  const [, whole, rest = ""] = found;
  if (whole.length > WHOLE_DIGITS_MAX || rest.length > decimals) return null;
  return Number(whole + rest.padEnd(decimals, "0"));
}

// No NFKC: it makes 52 of 5².
function narrow(wide) {
  return String.fromCharCode(wide.charCodeAt(0) - 0xfee0);
}

// 1250 of CNY, with two decimals: ¥12.50
export function formatAmount(minor, currency, decimals) {
  const sign = minor < 0 ? "−" : "";
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const split = digits.length - decimals;
  const whole = digits.slice(0, split).replace(/\B(?=(\d{3})+$)/g, ",");
  const number = decimals ? `${whole}.${digits.slice(split)}` : whole;
  const before = SIGNS[currency];
  return before ? `${sign}${before}${number}` : `${sign}${number} ${currency}`;
}
