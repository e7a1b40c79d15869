/** Every word of the pages, in both languages. */

const WORDS = {
  brand: ["终端运维", "Terminal operations"],
  skip: ["跳到内容", "Skip to content"],
  language: ["English", "中文"],
  "way.terminals": ["终端", "Terminals"],
  "way.work": ["待办", "Work queue"],
  "way.card": ["卡片", "Cards"],
  "way.audit": ["审计", "Audit"],
  "way.main": ["主导航", "Main"],
  "role.viewer": ["查看员", "viewer"],
  "role.operator": ["运维员", "operator"],
  "role.admin": ["管理员", "admin"],
  signIn: ["登录", "Sign in"],
  signOut: ["退出登录", "Sign out"],
  signedOut: ["已退出登录。", "You are signed out."],
  name: ["用户名", "Name"],
  password: ["密码", "Password"],
  changePassword: ["修改密码", "Change password"],
  oldPassword: ["原密码", "Old password"],
  newPassword: ["新密码", "New password"],
  passwordHint: ["至少 15 个字符，例如四个词", "At least 15 characters: four words, say"],
  passwordChanged: ["密码已修改，其他浏览器均已退出。", "Changed; other browsers are signed out."],
  "no.wrong": ["用户名或密码不正确。", "Name or password is wrong."],
  "no.wait": ["尝试次数过多，请在 {} 秒后再试。", "Too many tries: try again in {} s."],
  "no.busy": ["请稍后再试。", "Try again in a moment."],
  "no.overloaded": ["请稍后再试。", "Try again in a moment."],
  "no.signed-out": ["请登录。", "Please sign in."],
  "no.role": ["您没有此权限。", "Your role may not do this."],
  "no.origin": ["请求来源不符，请用规定的网址打开。", "Open this page by the address you were given."],
  "no.form": ["页面已过期，请重新载入。", "The page is out of date: load it anew."],
  "no.insecure": ["连接未加密，请用 https 打开。", "The connection is not encrypted: open it by https."],
  "no.malformed": ["输入有误，请检查。", "Something is not in form: please look again."],
  "no.password": ["密码太短或太容易猜。", "The password is too short or too easily guessed."],
  "no.not-found": ["未找到。", "There is no such thing."],
  "no.taken": ["他人已处理，或状态已变。", "Somebody else has it, or it has changed."],
  "no.away": ["连不上中心，请检查网络。", "The centre does not answer: look at the network."],
  terminals: ["终端", "Terminals"],
  overview: ["总览", "Overview"],
  total: ["全部", "All"],
  well: ["正常", "Well"],
  waiting: ["待上传记录", "Entries not brought yet"],
  "sign.silent": ["失联", "Silent"],
  "sign.parted": ["记录分叉", "Histories parted"],
  "sign.journal": ["记录故障", "Journal fault"],
  "sign.out": ["通道停用", "Lane out of service"],
  "sign.clock": ["时钟不可信", "Clock untrusted"],
  "sign.lists": ["名单过旧", "Lists stale"],
  "sign.device": ["设备故障", "Device fault"],
  "sign.camera": ["扫描头或镜头异常", "Scanner or camera"],
  "sign.behind": ["有待上传", "Behind"],
  "sign.new": ["未报到", "Never told"],
  "sign.suspended": ["已停用", "Suspended"],
  "state.active": ["启用", "active"],
  "state.suspended": ["停用", "suspended"],
  filter: ["筛选", "Filter"],
  search: ["搜索终端", "Search terminals"],
  order: ["排序", "Order"],
  "order.trouble": ["问题优先", "Trouble first"],
  "order.name": ["名称", "Name"],
  "order.seen": ["最久未联系", "Longest silent"],
  "order.behind": ["待上传最多", "Most behind"],
  apply: ["查找", "Find"],
  found: ["共 {} 台", "{} terminals"],
  page: ["第 {} 至 {} 台", "{} to {}"],
  earlier: ["上一页", "Previous"],
  later: ["下一页", "Next"],
  more: ["更多", "More"],
  nothing: ["没有。", "Nothing."],
  terminal: ["终端", "Terminal"],
  standing: ["状况", "Condition"],
  lastSeen: ["最近联系", "Last seen"],
  behind: ["待上传", "Behind"],
  version: ["版本", "Version"],
  epoch: ["纪元", "Epoch"],
  entries: ["记录数", "Entries"],
  never: ["从未", "never"],
  ago: ["{}前", "{} ago"],
  seconds: ["{} 秒", "{} s"],
  minutes: ["{} 分钟", "{} min"],
  hours: ["{} 小时", "{} h"],
  days: ["{} 天", "{} d"],
  period: ["时段", "Period"],
  "hours.24": ["24 小时", "24 hours"],
  "hours.72": ["3 天", "3 days"],
  "hours.168": ["7 天", "7 days"],
  "hours.744": ["31 天", "31 days"],
  made: ["通过", "Passed"],
  denied: ["拒绝", "Refused"],
  referred: ["转人工", "Referred"],
  annulled: ["撤销", "Annulled"],
  passedPerHour: ["每小时通过", "Passed per hour"],
  refusedPerHour: ["每小时拒绝与转人工", "Refused and referred per hour"],
  plotSummary: ["{}：合计 {}，最多一小时 {}", "{}: {} in all, {} in the busiest hour"],
  asTable: ["以表格显示", "As a table"],
  hour: ["小时", "Hour"],
  reason: ["原因", "Reason"],
  reasons: ["拒绝原因", "Reasons"],
  count: ["次数", "Count"],
  back: ["返回", "Back"],
  told: ["终端自报", "What it told last"],
  member: ["项目", "Member"],
  value: ["值", "Value"],
  lanes: ["通道", "Lanes"],
  lane: ["通道", "Lane"],
  lastPassage: ["最近刷码", "Last presentation"],
  last24: ["近 24 小时", "last 24 hours"],
  epochs: ["纪元", "Epochs"],
  missing: ["缺失记录", "Missing entries"],
  missingText: ["纪元 {} 从第 {} 条到 {}", "epoch {}: from {} to {}"],
  unknown: ["未知", "not known"],
  wipe: ["抹除命令", "Order to erase itself"],
  wipeText: ["于 {} 下达；执行：{}", "given {}; obeyed: {}"],
  notYet: ["尚未", "not yet"],
  events: ["最近记录", "Newest entries"],
  at: ["时间", "Time"],
  type: ["类型", "Type"],
  verdict: ["结果", "Verdict"],
  amount: ["金额", "Amount"],
  aside: ["隔离记录", "Entries in quarantine"],
  showAside: ["查看隔离记录", "Show quarantine"],
  suspend: ["停用此终端", "Suspend this terminal"],
  resume: ["恢复此终端", "Resume this terminal"],
  suspendText: [
    "停用后中心拒收其记录，终端自行保存，不会丢失。",
    "The centre refuses its uploads; it keeps its entries, nothing is lost.",
  ],
  why: ["原因（写入审计）", "Why (goes into the audit)"],
  done: ["已完成。", "Done."],
  work: ["待办", "Work queue"],
  kind: ["类别", "Kind"],
  "kind.double": ["一码多用", "Double uses"],
  "kind.reversal": ["退款争议", "Disputed sales"],
  state: ["状态", "State"],
  "case.open": ["待处理", "Open"],
  "case.claimed": ["处理中", "Claimed"],
  "case.resolved": ["已办结", "Resolved"],
  case: ["案件", "Case"],
  uses: ["使用次数", "Uses"],
  places: ["终端数", "Terminals"],
  by: ["经办", "By"],
  claim: ["由我处理", "Take it"],
  claimed: ["已由您处理。", "It is yours."],
  leave: ["退回", "Give it back"],
  reopen: ["重新打开", "Open it again"],
  resolve: ["办结", "Resolve"],
  outcome: ["结论", "Outcome"],
  "outcome.misuse": ["冒用", "Misuse"],
  "outcome.fault": ["设备或系统故障", "A fault of ours"],
  "outcome.harmless": ["无害", "Harmless"],
  "outcome.unclear": ["不明", "Unclear"],
  note: ["说明", "Note"],
  noteHint: ["写明查到什么；不要写个人信息。", "What you found; no personal data."],
  useTable: ["使用记录", "Where it was used"],
  takenBack: ["被撤销的记录", "What was taken back"],
  "way.appeals": ["诉求", "Appeals"],
  appeals: ["诉求", "Appeals"],
  appeal: ["诉求", "Appeal"],
  "appeal.open": ["待处理", "Open"],
  "appeal.claimed": ["处理中", "Claimed"],
  "appeal.answered": ["已答复", "Answered"],
  "appeal.closed": ["已关闭", "Closed"],
  urgency: ["紧急程度", "Urgency"],
  "urgency.sudden": ["突发", "Sudden"],
  "urgency.urgent": ["紧急", "Urgent"],
  "urgency.ordinary": ["一般", "Ordinary"],
  service: ["事项", "Service"],
  ratings: ["近 7 天评价", "Ratings, last 7 days"],
  tickets: ["近 7 天取号", "Tickets, last 7 days"],
  day: ["日期", "Day"],
  mean: ["平均分", "Mean"],
  openWords: ["打开内容", "Open what was written"],
  wordsText: ["内容为个人信息，打开会写入审计。", "It is personal data; that you open it goes into the audit."],
  "words.text": ["内容", "Text"],
  "words.contact": ["联系方式", "Contact"],
  card: ["更改一张卡的状态", "Change one card's status"],
  cardIndex: ["状态序号", "Status index"],
  cardAgain: ["再次输入状态序号", "Status index once more"],
  cardValue: ["新状态", "New status"],
  "status.revoked": ["吊销", "revoked"],
  "status.suspended": ["暂停", "suspended"],
  "status.valid": ["有效", "valid"],
  cardText: [
    "下次发布名单后终端才会知道（scan-central publish，每小时一次）。",
    "Terminals learn of it with the next publication (scan-central publish, hourly).",
  ],
  cardConfirm: ["确认更改", "Change it"],
  cardDone: ["卡片 {} 现为“{}”。", "Card {} is {} now."],
  audit: ["审计", "Audit"],
  who: ["谁", "Who"],
  via: ["途径", "Via"],
  what: ["做了什么", "What"],
  on: ["对象", "On what"],
  detail: ["细节", "Detail"],
  "via.page": ["页面", "page"],
  "via.command": ["命令", "command"],
  export: ["导出", "Export"],
  number: ["编号", "Number"],
};

const KEPT = "operate.language";
let place = (localStorage.getItem(KEPT) ?? navigator.language).startsWith("zh") ? 0 : 1;

/** Return the words of `key`, with {} filled in by `values` in turn. */
export function t(key, ...values) {
  const words = WORDS[key];
  if (words === undefined) {
    return key;
  }
  const left = [...values];
  return words[place].replace(/\{\}/g, () => String(left.shift()));
}

/** Return the words of a value that others may have invented: it stands for itself then. */
export function named(kind, value) {
  const key = `${kind}.${value}`;
  return Object.hasOwn(WORDS, key) ? t(key) : String(value ?? "");
}

export function locale() {
  return place === 0 ? "zh-CN" : "en-GB";
}

export function otherLanguage() {
  place = 1 - place;
  localStorage.setItem(KEPT, locale());
}

export function number(value) {
  return new Intl.NumberFormat(locale()).format(value);
}

/** Return a moment in the browser's own zone. */
export function moment(at) {
  if (at === null || at === undefined || at > 8.64e12) {
    return t("never");
  }
  const how = { dateStyle: "short", timeStyle: "medium" };
  return new Intl.DateTimeFormat(locale(), how).format(new Date(at * 1000));
}

/** Return a day of UTC, as the centre counts them. */
export function day(at) {
  const how = { dateStyle: "medium", timeZone: "UTC" };
  return new Intl.DateTimeFormat(locale(), how).format(new Date(at * 1000));
}

/** Return how long ago something was, in its largest unit. */
export function ago(seconds) {
  const steps = [[86400, "days"], [3600, "hours"], [60, "minutes"], [1, "seconds"]];
  const [size, unit] = steps.find(([each]) => seconds >= each) ?? [1, "seconds"];
  return t("ago", t(unit, Math.floor(seconds / size)));
}

export function money(minor, currency) {
  return minor === null || minor === undefined ? "" : `${(minor / 100).toFixed(2)} ${currency}`;
}
