// Everything that the counter's page says, in both languages.

const words = (zh, en) => ({ zh, en });

export const LABELS = {
  mark: words("收银", "Counter"),
  language: words("中文", "English"),
  amount: words("应收金额", "Amount due"),
  reference: words("单据号（选填）", "Reference (optional)"),
  token: words("粘贴本柜台的令牌", "Paste this counter's token"),
  today: words("今日合计", "Today"),
  lane: words("本通道全部收款", "all that this lane took"),
  mine: words("本机最近交易", "Last sales here"),
  none: words("还没有交易", "No sales yet"),
  seconds: words("秒", "s"),
};

export const LINK = {
  found: words("终端在线", "Terminal answers"),
  lost: words("终端无应答", "No answer from the terminal"),
};

export const SHUT = words("通道暂停服务", "The lane is out of service");

export const FUNDS = {
  "insured-account": words("医保个人账户", "Medical insurance account"),
  "pay-later": words("信用后付", "Pay later"),
  purse: words("电子钱包", "Purse"),
};

export const LINES = {
  fund: words("账户", "Paid from"),
  way: words("授权方式", "Approval"),
  online: words("联机（中心已批准）", "Online (approved by the centre)"),
  offline: words("脱机（终端限额内）", "Offline (within the terminal's limit)"),
  left: words("离线可用余额", "Left while offline"),
  number: words("凭证号", "Receipt no."),
  back: words("冲正凭证号", "Reversal no."),
  time: words("时间", "Time"),
  place: words("通道", "Lane"),
  reference: words("单据号", "Reference"),
  reason: words("原因代码", "Reason code"),
  centre: words("中心答复", "Centre's answer"),
  customer: words("请告诉顾客", "Say to the customer"),
  cashier: words("操作提示", "For you"),
  amount: words("金额", "Amount"),
};

export const TOTALS = {
  day: words("日期", "Day"),
  sales: words("笔数", "Sales"),
  sum: words("收款", "Taken"),
  reversals: words("冲正笔数", "Reversals"),
  reversed: words("冲正", "Reversed"),
  net: words("净额", "Net"),
};

export const STATES = {
  paid: words("已支付", "Paid"),
  reversed: words("已冲正", "Reversed"),
};

export const SLIP = {
  sale: words("消费凭证", "Receipt"),
  reversal: words("冲正凭证", "Reversal"),
  keep: words("请妥善保管", "Please keep this receipt"),
  sent: words("已送往打印机（补打）", "Sent to the printer, as a copy"),
};

export const FAULTS = {
  amount: words("请输入金额，例如 12.50", "Type an amount, such as 12.50"),
  zero: words("金额须大于零", "The amount must be above zero"),
  most: words("超过本通道单笔上限", "Above the most of one sale here:"),
  token: words("请粘贴令牌", "Paste the token"),
  silent: words("终端没有回答，请稍后再试", "The terminal does not answer; try again"),
  elsewhere: words(
    "另一令牌下还有未查明的交易；请换回该令牌查明",
    "A sale under another token is still open: paste that token again to settle it",
  ),
};

// What a cashier does next about what the terminal says no to, by the codes of docs/local-interface.md.
const TOKEN = words("请通知技术人员更换令牌。", "Call the technician: the token has to be replaced.");
export const NEXT_STEPS = {
  token: TOKEN,
  guessing: TOKEN,
  scope: TOKEN,
  "lane-taken": words("请等那一笔结束，再试一次。", "Wait until that one has ended, then try again."),
  "lane-out-of-service": words(
    "请改用其他方式收款，并通知技术人员。",
    "Take another payment, and call the technician.",
  ),
  "value-stopped": words(
    "请改用其他终端收款，并通知技术人员。",
    "Use another terminal, and call the technician.",
  ),
  "sale-too-old": words("请通过中心办理退款。", "Refund it through the centre."),
  "not-granted": words("这一笔没有扣款，无须冲正。", "Nothing was paid, so nothing is to be reversed."),
  "request-malformed": words("请核对金额和单据号。", "Check the amount and the reference."),
  "seal-key-missing": words("请去掉单据号再试。", "Try again without a reference."),
  "no-printer": words("请按 P，由浏览器打印。", "Press P to print it from here."),
  other: words("请通知技术人员，并告知原因代码。", "Call the technician, and name the reason code."),
};

// Of each view: title, and what it means or what to do.
export const VIEWS = {
  starting: [
    words("正在连接终端", "Reaching the terminal"),
    words("连不上时：看看终端是否开机。", "If this stays: see whether the terminal is on."),
  ],
  "shut-out": [words("这个令牌在此不能用", "This token does not open this counter")],
  token: [
    words("本柜台尚未接入", "This counter is not set up"),
    words(
      "技术人员：在终端上运行 scan-terminal client add 柜台名 --scopes sale,reverse,status，把令牌粘贴到这里。令牌只保存在这个浏览器里。",
      "Technician: run scan-terminal client add NAME --scopes sale,reverse,status at the terminal, and paste the token here. It is kept in this browser alone.",
    ),
  ],
  forget: [
    words("忘记令牌？", "Forget the token?"),
    words("之后须由技术人员重新粘贴。交易记录不受影响。", "A technician must paste it again. What was sold stays."),
  ],
  double: [
    words("已在另一窗口打开", "Open in another window"),
    words("同一柜台只用一个窗口；关闭那一个，这里就接着工作。", "One window for a counter: close the other, and this one goes on."),
  ],
  broken: [
    words("浏览器无法保存记录", "This browser can't keep records"),
    words("不能在这里收款：磁盘可能已满。请通知技术人员。", "Nothing can be sold here: the disk may be full. Call the technician."),
  ],
  asking: [words("正在询问终端", "Asking the terminal")],
  waiting: [
    words("请顾客出示市民码", "Ask for the citizen code"),
    words("对准扫码窗，无须联网。", "Held before the scanner; no network is needed."),
  ],
  deciding: [words("正在核验", "Checking")],
  referred: [
    words("请您核对", "Please check"),
    words(
      "无误：请出示您自己的工作码。不符：按 Esc，不收款。",
      "All right: show your own code to the scanner. Not right: Esc, and nothing is paid.",
    ),
  ],
  "giving-up": [
    words("正在放弃这笔交易", "Giving this sale up"),
    words("请勿交付商品。", "Keep the goods here."),
  ],
  reversing: [words("正在冲正", "Reversing")],
  lost: [
    words("终端没有回答", "No answer from the terminal"),
    words(
      "还不知道是否已扣款：请勿交付商品，也不要另收一次。本页会一直询问，直到查明。",
      "Whether it was paid is not known: keep the goods, and don't charge again. This page asks on until it knows.",
    ),
  ],
  unknown: [
    words("这笔没有扣款", "Nothing was paid"),
    words(
      "终端没有收到这笔交易。顾客还在：重新发送。顾客已走：放弃。",
      "The terminal never got this sale. The customer is still here: send it again. Gone: drop it.",
    ),
  ],
  stuck: [words("还没有查明", "Not settled yet")],
  paid: [words("已支付", "Paid")],
  refused: [words("未支付", "Not paid")],
  reversed: [
    words("已冲正", "Reversed"),
    words("款项已退回账户。", "The amount went back to the account."),
  ],
  canceled: [words("已取消", "Canceled"), words("没有扣款。", "Nothing was paid.")],
  expired: [words("等候超时", "Nobody came in time"), words("没有扣款。", "Nothing was paid.")],
  problem: [words("终端拒绝", "The terminal refused")],
  sales: [words("本机交易", "Sales of this counter")],
  sale: [words("交易", "Sale")],
  confirm: [
    words("冲正这笔交易？", "Reverse this sale?"),
    words("全额退回原账户；原记录保留，另记一笔。", "All of it goes back; a new entry says so, and the old one stays."),
  ],
  slip: [words("小票", "Receipt")],
  totals: [words("日合计", "Totals by day")],
};

export const KEYS = {
  charge: words("收款", "Charge"),
  save: words("保存", "Save"),
  clear: words("清除", "Clear"),
  next: words("下一笔", "Next sale"),
  again: words("再试一次", "Try again"),
  "give-up": words("放弃，不交付", "Give up, goods stay"),
  "send-again": words("重新发送", "Send again"),
  drop: words("放弃", "Drop it"),
  look: words("再问", "Ask again"),
  sales: words("交易/冲正", "Sales, reverse"),
  slip: words("小票", "Receipt"),
  totals: words("合计", "Totals"),
  token: words("令牌", "Token"),
  language: words("English", "中文"),
  choose: words("选择", "Choose"),
  open: words("打开", "Open"),
  reverse: words("冲正", "Reverse"),
  yes: words("确认冲正", "Yes, reverse"),
  "forget-it": words("忘记", "Forget it"),
  no: words("返回", "Back"),
  print: words("打印", "Print"),
  paper: words("浏览器打印", "Print from here"),
};
