"""What each refusal of the local interface says to a programmer and to who stands at the counter."""

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.local.problems import TYPE_PREFIX
from terminal.local.problems import LocalProblem as P


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemWords:
    """A refusal in two languages: what is so, and what to do next."""

    zh: str
    en: str
    next_zh: str
    next_en: str


def _words(zh: str, en: str, next_zh: str, next_en: str) -> ProblemWords:
    return ProblemWords(zh=zh, en=en, next_zh=next_zh, next_en=next_en)


WORDS: Mapping[P, ProblemWords] = {
    P.HOST: _words(
        "请求的主机名不是本终端的",
        "the terminal is not called by the name in Host",
        "用回环地址或设置里的主机名访问；若网页自行发出此请求，请检查 DNS 重绑定",
        "call it by its loopback address, or by a name in local.lan.hosts",
    ),
    P.ORIGIN: _words(
        "此网页不得使用本终端",
        "this page may not use the terminal",
        "由管理员把网页来源加入 local.origins",
        "let the operator add the page's origin to local.origins",
    ),
    P.TOKEN: _words(
        "没有令牌，或令牌无效",
        "there is no token, or one that opens nothing",
        "用 scan-terminal client add 取得令牌，放入 Authorization: Bearer",
        "make one by `scan-terminal client add NAME`; send it as Authorization: Bearer",
    ),
    P.GUESSING: _words(
        "无效令牌过多",
        "too many tokens that open nothing came from there",
        "停止重试，改正令牌",
        "stop trying; correct the token that the program sends",
    ),
    P.SCOPE: _words(
        "此令牌无权做这件事",
        "the token is not for this",
        "由管理员重新添加该程序并给予所需权限",
        "let the operator remove the client and add it with the scope that is named",
    ),
    P.HTTP: _words(
        "不是合规的 HTTP/1.1 请求",
        "this is no well-formed HTTP/1.1 request",
        "使用现成的 HTTP 库发送请求",
        "send it with an HTTP library",
    ),
    P.HEAD_TOO_LARGE: _words(
        "请求头过大",
        "the head of the request is too large",
        "不要发送 Cookie 等多余的头",
        "send no cookies and no headers that are not asked for",
    ),
    P.TOO_LARGE: _words(
        "请求体过大",
        "the body is too large",
        "缩短 reference 或 details",
        "shorten reference or details",
    ),
    P.TOO_SLOW: _words(
        "请求没有按时到齐",
        "the request did not arrive in time",
        "用同一个键重新发送",
        "send it again with the same key",
    ),
    P.METHOD: _words(
        "此资源不接受该方法",
        "the resource does not take this method",
        "查阅 /openapi.json",
        "see /openapi.json",
    ),
    P.NOT_FOUND: _words(
        "没有这个资源",
        "there is no such resource",
        "查阅 /openapi.json",
        "see /openapi.json",
    ),
    P.CONTENT_TYPE: _words(
        "请求体必须是 application/json",
        "a body must be application/json, without a content coding",
        "设置 Content-Type: application/json",
        "send Content-Type: application/json",
    ),
    P.MALFORMED: _words(
        "请求的内容不符合格式",
        "the request is not in form",
        "按 detail 改正，查阅 /openapi.json",
        "correct what detail names; see /openapi.json",
    ),
    P.KEY_MISSING: _words(
        "缺少 Idempotency-Key",
        "Idempotency-Key is missing or not in form",
        "为每一笔生成 16 至 64 位的键，重发时用同一个键",
        "make a key of 16 to 64 of A-Z a-z 0-9 _ - for each sale; repeat it with each try",
    ),
    P.TOO_FAST: _words(
        "请求过于频繁",
        "the program asks too often",
        "按 Retry-After 等待；用事件流代替轮询",
        "wait as Retry-After says; watch /v1/events instead of asking again and again",
    ),
    P.STREAMS: _words(
        "打开的事件流过多",
        "too many event streams are open",
        "关闭不用的事件流",
        "close streams that are not read, then connect again",
    ),
    P.LANE_UNKNOWN: _words(
        "没有这条通道",
        "there is no such lane",
        "用 GET /v1/lanes 查看通道",
        "see GET /v1/lanes",
    ),
    P.LANE_TAKEN: _words(
        "这条通道上另有请求未完成",
        "another request is open at this lane",
        "等它结束或中止它，然后用同一个键再试",
        "wait for its end or abort it, then try again with the same key",
    ),
    P.LANE_OUT_OF_SERVICE: _words(
        "通道停止服务",
        "the lane is out of service",
        "查看 GET /v1/lanes 的 trouble，改用人工办理",
        "serve by hand; trouble in GET /v1/lanes says why",
    ),
    P.NO_GATE_TO_HOLD: _words(
        "这条通道没有可以保持打开的闸门",
        "the lane has no gate that can be held open",
        "用手动方式打开闸门",
        "open the gate by hand",
    ),
    P.NO_PRINTER: _words(
        "此通道没有小票打印机",
        "the lane has no receipt printer",
        "在屏幕上显示小票，或由浏览器打印",
        "show the receipt on a screen, or print it from there",
    ),
    P.KEY_USED: _words(
        "这个键已用于另一个内容",
        "the key was used for something else",
        "用 GET /v1/requests/{key} 查询其结果；只有新的一笔才用新的键",
        "ask GET /v1/requests/{key} what came of it; take a new key for a new sale alone",
    ),
    P.REQUEST_UNKNOWN: _words(
        "没有这个键的请求",
        "no request has this key",
        "它从未到达：可以用同一个键发送",
        "it never arrived: it may be sent with this key",
    ),
    P.REQUEST_MALFORMED: _words(
        "请求不适合这条通道",
        "the request does not fit the lane",
        "按 detail 改正金额、币种或 reference",
        "correct what detail names: amount, currency, reference or details",
    ),
    P.NOT_GRANTED: _words(
        "这个请求没有成交，无可冲正",
        "nothing was granted for this request, so nothing is to be reversed",
        "查询请求的结果",
        "ask how the request ended",
    ),
    P.REVERSED_ALREADY: _words(
        "已用另一个键冲正",
        "it was reversed already, by another key",
        "不必再做：查询请求即可看到",
        "nothing is left to do: the request shows it",
    ),
    P.SALE_TOO_OLD: _words(
        "这一笔太早，终端上已不能冲正",
        "the sale is too old to be reversed at the terminal",
        "通过中心办理退款",
        "refund it through the centre",
    ),
    P.SEAL_KEY_MISSING: _words(
        "尚无中心的封装密钥，不能保存 reference 或 details",
        "the centre's seal key is not held yet, so reference and details can't be kept",
        "等待同步，或不带这些内容发送",
        "wait for a sync, or send it without them",
    ),
    P.VALUE_STOPPED: _words(
        "本终端已停止资金业务",
        "no money moves at this terminal",
        "联系管理员：scan-terminal doctor",
        "tell the operator; `scan-terminal doctor` says why",
    ),
    P.NO_CONTENT: _words(
        "本机尚无服务目录",
        "no list of services is held here yet",
        "请到窗口办理；技术人员：发布内容包，检查 screen.content",
        "please ask at the counter; technician: publish the pack that screen.content names",
    ),
    P.SERVICE_UNKNOWN: _words(
        "没有这项服务",
        "there is no such service",
        "服务目录可能刚更新，请重新选择",
        "the list may have changed a moment ago: please choose again",
    ),
    P.VISIT_UNKNOWN: _words(
        "本次办理已结束",
        "this visit has ended",
        "请从首页重新开始",
        "please begin again",
    ),
    P.VISIT_NOT_READY: _words(
        "请先出示市民码",
        "please show your citizen code first",
        "请把市民码对准扫码窗",
        "hold the code before the scanner",
    ),
    P.NO_TICKET_HERE: _words(
        "这项服务不取号，或今天的号已发完",
        "there are no tickets for this service, or none are left today",
        "请到窗口咨询",
        "please ask at the counter",
    ),
    P.JOURNAL_FAILED: _words(
        "日志不可用",
        "the journal can't be used",
        "查询此键的状态后再试；通知技术人员",
        "ask how the key stands before trying again; tell the technician",
    ),
    P.TOO_MANY: _words(
        "终端此刻太忙",
        "the terminal has too much in hand",
        "按 Retry-After 等待，用同一个键再试",
        "wait as Retry-After says, then try again with the same key",
    ),
    P.NO_ANSWER: _words(
        "终端没有按时答复，请求可能已经生效",
        "the terminal did not answer in time; what was asked may have been done",
        "用 GET /v1/requests/{key} 查询，或用同一个键重发",
        "ask GET /v1/requests/{key}, or send it again with the same key",
    ),
    P.FAULT: _words(
        "终端程序出错，请求可能已经生效",
        "a fault of the terminal's program; what was asked may have been done",
        "用 GET /v1/requests/{key} 查询；通知技术人员",
        "ask GET /v1/requests/{key}; tell the technician, the terminal's log says more",
    ),
}


def document(problem: P, status: int, detail: str = "") -> dict[str, object]:
    """Return the members of a problem document (RFC 9457).

    Args:
        problem: what is refused.
        status: that carries it.
        detail: for this time alone, in English; the words say the rest.
    """
    words = WORDS[problem]
    return {
        "type": TYPE_PREFIX + problem.value,
        "title": words.en,
        "status": status,
        "detail": detail or words.en,
        "code": problem.value,
        "text": {"zh": words.zh, "en": words.en},
        "next_step": {"zh": words.next_zh, "en": words.next_en},
    }
