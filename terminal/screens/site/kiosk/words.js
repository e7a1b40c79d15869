// What the kiosk page says, in both languages. Names of services come from the content pack,
// outcomes of a scan from the lane: neither stands here.

const pair = (zh, en) => Object.freeze({ zh, en });

export const NAV = {
  bar: pair("导航", "Navigation"),
  back: pair("返回", "Back"),
  home: pair("首页", "Home"),
  help: pair("求助", "Help"),
  language: pair("English", "中文"),
  larger: pair("大字", "Large"),
  up: pair("向上翻", "Move up"),
  down: pair("向下翻", "Move down"),
};

// A visit to the kiosk itself, for who wants to say something and chooses no service.
export const GENERAL = Object.freeze({ id: null, ...pair("意见与建议", "Problems and suggestions") });

export const HOME = {
  title: pair("您要办什么事？", "What can we do for you?"),
  lead: pair("请选一类，或查找事项。", "Choose a topic, or search."),
  search: pair("查找事项", "Search services"),
  topics: pair("办事分类", "Topics"),
  bring: pair("要带什么？", "What to bring"),
  appeal: pair("反映问题", "Report a problem"),
  scanLater: pair("请先选事项，再刷码。", "Choose a service first, then show your code."),
  none: pair("暂时没有办事目录", "The list of services isn't here yet"),
  noneText: pair(
    "本机还没有收到办事目录。请到人工窗口办理，或稍后再试。",
    "This machine has not received it. Please ask at the staffed desk, or try again later.",
  ),
  again: pair("再试一次", "Try again"),
};

export const FIND = {
  title: pair("查找事项", "Search services"),
  lead: pair("输入名称或拼音首字母", "Type a name or a part of it"),
  field: pair("要找的事项", "What you look for"),
  hint: pair("如 gjj 或 公积金", "e.g. housing"),
  start: pair("输入一个字母就开始查找。", "One letter is enough to begin."),
  none: pair("没有找到。换个词试试，或按分类查找。", "Nothing found. Try another word, or a topic."),
  hits: (count) => pair(`找到 ${count} 项`, count === 1 ? "1 service" : `${count} services`),
  many: (count) => pair(`前 ${count} 项，请再输入`, `The first ${count}: type more`),
  look: (count) => pair(`看结果 ${count}`, `Results ${count}`),
};

export const SERVICE = {
  begin: pair("开始办理", "Begin"),
  beginScan: pair("刷码办理", "Scan my code"),
  proceed: pair("继续办理", "Continue my visit"),
  bring: pair("要带什么材料？", "What do I need to bring?"),
  appeal: pair("反映问题", "Report a problem"),
  needsCard: pair("需要刷码", "Your code is needed"),
  noCard: pair("不用刷码", "No code needed"),
  ticket: pair("取号办理", "Queue number"),
  services: (count) => pair(`${count} 项`, count === 1 ? "1 service" : `${count} services`),
};

export const SCAN = {
  title: pair("请出示市民码", "Show your citizen code"),
  lead: pair("把手机上的码或卡片对准扫码窗。", "Hold your phone or card in front of the reader."),
  wait: pair("正在准备扫码窗……", "The reader is getting ready…"),
  endedTitle: pair("没有成功", "That did not work"),
  ended: pair("这次没有刷成功。请重新开始，或找工作人员。", "Your code was not taken. Begin again, or ask the staff."),
  anew: pair("重新开始", "Begin again"),
};

export const READY = {
  title: pair("您好", "Welcome"),
  begun: pair("已登记", "You are registered"),
  number: pair("您的号码", "Your number"),
  ahead: (count) => pair(
    `前面还有 ${count} 人`,
    count === 1 ? "1 person before you" : `${count} people before you`,
  ),
  next: pair("下一位就是您", "You are next"),
  printed: pair("小票已打印，请取走。", "Your slip is printed: please take it."),
  unprinted: pair("本机不打印小票，请记下号码或拍照。", "No slip here: note the number, or take a picture."),
  asking: pair("正在取号……", "Getting your number…"),
  reprint: pair("再打印一张", "Print it again"),
  receipt: pair("办理凭证", "Receipt"),
  more: pair("还可以", "You can also"),
  rate: pair("评价服务", "Rate the service"),
  rated: pair("已评价，谢谢", "Rated, thank you"),
  appeal: pair("反映问题", "Report a problem"),
  appealed: pair("已反映", "Reported"),
  bring: pair("要带什么？", "What to bring"),
  subsidies: pair("已发补贴", "Subsidies paid"),
  finish: pair("办完了", "I have finished"),
};

export const RATE = {
  title: pair("您对服务满意吗？", "How was the service?"),
  lead: pair("请选一个表情，再按“提交”。", "Choose a face, then touch Send."),
  scores: [
    pair("很不满意", "Very bad"),
    pair("不满意", "Bad"),
    pair("一般", "Fair"),
    pair("满意", "Good"),
    pair("非常满意", "Very good"),
  ],
  send: pair("提交", "Send"),
};

export const APPEAL = {
  title: pair("有多紧急？", "How urgent is it?"),
  lead: pair("请选一项。", "Choose one."),
  urgencies: [
    ["sudden", pair("突发", "Sudden"), pair("正在发生，有危险", "Happening now, somebody may be harmed")],
    ["urgent", pair("紧急", "Urgent"), pair("这几天必须解决", "Has to be solved within days")],
    ["ordinary", pair("一般", "Ordinary"), pair("意见、建议、投诉", "Opinion, proposal, complaint")],
  ],
  sudden: pair(
    "有人有危险？请马上叫工作人员，或拨打 110、119、120。",
    "Is somebody in danger? Call the staff at once, or dial 110, 119 or 120.",
  ),
  textTitle: pair("发生了什么？", "What has happened?"),
  textLead: pair("点选常用语，或自己输入。", "Touch a phrase, or type."),
  text: pair("您要反映的问题", "What you want to report"),
  left: (count) => pair(`还可输入 ${count} 字`, `${count} characters left`),
  phrases: pair("常用语", "Phrases"),
  next: pair("下一步", "Next"),
  keyboard: pair("打开键盘", "Keyboard"),
  hide: pair("收起键盘", "Hide keys"),
  contactTitle: pair("怎么联系您？", "How can we reach you?"),
  contactLead: pair("可不填。内容加密，只有中心能看。", "Optional. Sealed: only the centre can read it."),
  contact: pair("电话（可不填）", "Telephone (optional)"),
  send: pair("提交", "Send"),
  doneTitle: pair("已收到", "We have it"),
  doneText: pair("您的编号，查询时请报此号：", "Your number; give it when you ask about it:"),
};

// Quick phrases, since a touch screen has no Chinese input of its own.
export const PHRASES = [
  pair("等候时间太长。", "The wait was too long. "),
  pair("工作人员态度不好。", "The staff were unfriendly. "),
  pair("窗口没有人。", "Nobody was at the desk. "),
  pair("我的码扫不出来。", "My code could not be read. "),
  pair("补贴没有收到。", "I have not received my subsidy. "),
  pair("材料退回，没说原因。", "My papers came back without a reason. "),
  pair("设备坏了。", "A machine is broken. "),
  pair("通道不方便轮椅。", "The way is hard with a wheelchair. "),
  pair("请给我打电话。", "Please call me. "),
];

export const ASKING = {
  listsTitle: pair("要带什么材料？", "What do I need to bring?"),
  listsLead: pair("选事项，回答几个问题。", "Choose a service, then answer a few questions."),
  step: (at, of) => pair(`第 ${at} 题，最多 ${of} 题`, `Question ${at} of at most ${of}`),
  resultTitle: pair("请带这些材料", "Please bring these"),
  resultLead: pair("可以拍照，带走这张清单。", "Take a picture of this list."),
  nothing: pair("什么都不用带。", "You need to bring nothing."),
  again: pair("重新回答", "Start again"),
};

export const PAID = {
  title: pair("已发补贴", "Subsidies paid"),
  asking: pair("正在向中心查询……", "Asking the centre…"),
  lead: pair("由中心查询所得。", "From the centre's records."),
  total: pair("合计", "Total"),
  none: pair("没有查到已发的补贴。", "No subsidy has been paid yet."),
  offlineTitle: pair("现在查不到", "Not while offline"),
  offline: pair(
    "本机现在连不上中心，查不到补贴。其他服务照常。请稍后再试，或到人工窗口查询。",
    "The centre can't be reached now. All else works. Try again later, or ask the staff.",
  ),
  again: pair("再查一次", "Ask again"),
};

export const LOST = {
  banner: pair("本机暂时没有回应，请稍等。", "This machine isn't answering. Please wait."),
  title: pair("没有回应", "No answer"),
  text: pair(
    "您填的内容还在这里。请再按一次，重复提交只算一次。",
    "What you entered is still here. Touch again: it is counted only once.",
  ),
  again: pair("再试一次", "Try again"),
  goneTitle: pair("本次办理已结束", "Your visit has ended"),
  gone: pair(
    "机器刚才重新启动。这一步没有提交，您填的内容还在这里。",
    "The machine has restarted. This was not sent; what you entered is still here.",
  ),
  goneUnsure: pair(
    "机器刚才重新启动，不能确定是否已经收到。再提交可能会重复一次；也可以请工作人员查询。",
    "The machine has restarted. This may have arrived already: sent again, it may count twice. You can also ask the staff.",
  ),
  goneSend: pair("重新开始并提交", "Begin again and send"),
  goneSendUnsure: pair("仍然再提交", "Send it again anyway"),
};

// What the terminal's own words, made for programmers, mean to who stands before it; by the codes
// of docs/local-interface.md. Any other is "can't be done now".
const DESK = pair("请到人工窗口办理，或找工作人员。", "Please go to the staffed desk, or ask the staff.");
const WAIT = pair("请等一会儿，再按一次。", "Please wait a moment, then touch again.");
const OTHER = [pair("现在办不了", "This can't be done now"), DESK];
const REFUSED = new Map([
  ["lane-out-of-service", [pair("扫码窗暂停使用", "The reader is out of service"), DESK]],
  ["lane-taken", [pair("扫码窗正忙", "The reader is busy"), WAIT]],
  ["too-fast", [pair("按得太快了", "That was too fast"), WAIT]],
  ["too-many", [pair("本机正忙", "This machine is busy"), WAIT]],
  [
    "visit-not-ready",
    [pair("还没有刷码", "Your code comes first"), pair("请返回，先刷码。", "Go back and show it.")],
  ],
  ["seal-key-missing", [pair("现在不能提交", "This can't be sent now"), DESK]],
]);

/** Return what is said of a refusal: its title, and what to do. */
export function refusalWords(code) {
  return REFUSED.get(code) ?? OTHER;
}

export const DIALOG = {
  stillTitle: pair("您还在吗？", "Are you still there?"),
  stillLeft: pair("秒后清除屏幕上的内容", "seconds until the screen is wiped"),
  stillText: (left) => pair(`${left} 秒后将清除屏幕上的内容。`, `The screen will be wiped in ${left} seconds.`),
  stillYes: pair("我还在，继续", "Yes, I need more time"),
  stillNo: pair("办完了，清除", "No, wipe it now"),
  helpTitle: pair("需要帮助吗？", "Do you need help?"),
  help: [
    pair("请找身边的工作人员，或到人工窗口。", "Ask the staff near you, or go to the staffed desk."),
    pair("字太小？按“大字”。", "Text too small? Touch Large."),
    pair(
      "扫不出来？调亮屏幕，擦净手机，离扫码窗一掌远。",
      "Code not read? Turn up the screen's brightness, wipe it clean and hold it a hand's length away.",
    ),
    pair("按“首页”可以从头开始。", "Touch Home to start again."),
  ],
  close: pair("知道了", "Close"),
  leaveTitle: pair("还没有提交", "Not sent yet"),
  leaveText: pair("离开后，您填的内容会被清除。", "If you leave, what you entered is wiped."),
  stay: pair("继续填写", "Stay"),
  leave: pair("离开", "Leave"),
};

export const BYE = {
  title: pair("谢谢，请慢走", "Thank you"),
  lead: pair("屏幕已清除。请带好手机和随身物品。", "The screen is wiped. Please take your phone and your things."),
};

export const KEYBOARD = {
  name: pair("屏幕键盘", "On-screen keyboard"),
  space: pair("空格", "Space"),
  erase: pair("删除", "Delete"),
  shift: pair("大写", "Capitals"),
};
