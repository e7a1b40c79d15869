// The words of a lane's page that the terminal does not send: of its buttons, and of its own silence.

export const LABELS = {
  mark: { zh: "市民码", en: "Citizen code" },
  language: { zh: "中文", en: "English" },
  senior: { zh: "大字", en: "Large text" },
};

export const LEFT = { zh: "离线可用余额", en: "Left while offline" };

// Said by the page alone, when it hears nothing of its terminal.
export const LOST = {
  view: "out-of-service",
  title: { zh: "暂停服务", en: "Out of service" },
  text: {
    zh: "请走旁边的通道，或找工作人员。",
    en: "Please use another lane, or ask a member of staff.",
  },
  few: { zh: "请找工作人员。", en: "Please ask the staff." },
  code: "",
  direction: "",
  shown_ms: 0,
  badges: [],
  money: null,
  number: 0,
  isLost: true,
};

const LOCALES = { zh: "zh-CN", en: "en-GB" };

export function money(minor, currency, language) {
  const format = new Intl.NumberFormat(LOCALES[language], {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
  });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

const UNITS = [
  [86_400, { zh: "天", en: "d" }],
  [3_600, { zh: "小时", en: "h" }],
  [60, { zh: "分钟", en: "min" }],
];

// For how long something has been so; nothing below a minute.
export function since(seconds, language) {
  const unit = UNITS.find(([each]) => seconds >= each);
  if (!unit) return "";
  return `${Math.floor(seconds / unit[0])} ${unit[1][language]}`;
}
