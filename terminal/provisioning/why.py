"""Why an enrolment did not come about, and the words for whoever stands before the terminal."""

from dataclasses import dataclass
from enum import Enum

from offline_cache.errors import CacheError
from protocol.problems import ProblemCode
from terminal.errors import (
    CentreRefused,
    CentreUnreachable,
    SettingsError,
    TerminalError,
    UsageError,
)
from verifier.errors import TrustError


class Why(Enum):
    """The kinds of a failed try; the value stands in `status`."""

    FORM = "form"
    WRONG_ROOT = "wrong-root"
    FOREIGN = "foreign"
    EXPIRED = "expired"
    USED = "used"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TRUST = "trust"
    ADDRESS = "address"
    OTHER_TERMINAL = "other-terminal"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One message in both languages."""

    zh: str
    en: str

    def members(self) -> dict[str, str]:
        """Return it as members of a JSON object."""
        return {"zh": self.zh, "en": self.en}


# Shown on the screen, told on the console and in `status`: never a code, an address or a key.
WORDS = {
    Why.FORM: Words(
        zh="这不是注册二维码，请出示中心签发的注册二维码",
        en="This is no enrolment code: type its 26 letters and digits again, or show the QR of"
        " `scan-central enrolment`",
    ),
    Why.WRONG_ROOT: Words(
        zh="这个注册码属于另一个中心，请核对本机固定的信任根",
        en="This code is of another centre than the one pinned here: get the right code, or"
        " compare `scan-terminal trust-root` with the centre's",
    ),
    Why.FOREIGN: Words(
        zh="这个注册码不是本中心签发的，请重新索取",
        en="This code is not signed by this centre: ask the operator for a new one",
    ),
    Why.EXPIRED: Words(
        zh="注册码已过期，请重新索取；也请核对本机时钟",
        en="This code has expired: ask the operator for a new one, and look at this clock",
    ),
    Why.USED: Words(
        zh="注册码已被另一台机器使用，请重新索取",
        en="Another machine has used this code: ask the operator for a new one, and why",
    ),
    Why.UNKNOWN: Words(
        zh="中心不认识这个注册码，请重新索取",
        en="The centre does not know this code: ask the operator for a new one",
    ),
    Why.REFUSED: Words(
        zh="中心拒绝了注册，请联系运营人员",
        en="The centre refuses the enrolment: tell the operator",
    ),
    Why.UNREACHABLE: Words(
        zh="连接不上中心，请检查网络；将自动重试",
        en="The centre can't be reached: look at the network; it is tried again",
    ),
    Why.TRUST: Words(
        zh="中心发布的信任数据不属于本机固定的信任根，请联系运营人员",
        en="What the centre publishes does not fit the root pinned here: tell the operator",
    ),
    Why.ADDRESS: Words(
        zh="不知道中心的地址，请在设置中填写 centre.url",
        en="No centre is named: set centre.url, or have the code made with --url",
    ),
    Why.OTHER_TERMINAL: Words(
        zh="注册码属于另一台终端，而本机已有自己的记录，请索取本机的注册码",
        en="The code is for another terminal than the one whose journal lies here: ask for its own",
    ),
    Why.DISK: Words(
        zh="本机磁盘出现故障，无法保存身份",
        en="This machine's disk can't keep an identity: look at it",
    ),
}


class EnrolmentRefused(UsageError):  # noqa: N818  # the condition is the name
    """This machine refuses the code that it was given."""

    def __init__(self, why: Why, what: str = "") -> None:
        super().__init__(what or WORDS[why].en)
        self.why = why


_ANSWERS = {
    ProblemCode.CODE_USED: Why.USED,
    ProblemCode.CODE_EXPIRED: Why.EXPIRED,
    ProblemCode.CODE_UNKNOWN: Why.UNKNOWN,
}


_KINDS: dict[type[Exception], Why] = {
    CentreUnreachable: Why.UNREACHABLE,
    SettingsError: Why.ADDRESS,
    TrustError: Why.TRUST,
    UsageError: Why.FORM,
}


def why_of(error: TerminalError | CacheError | TrustError | OSError) -> Why:
    """Return what kind of failure an exception of an enrolment is."""
    if isinstance(error, EnrolmentRefused):
        return error.why
    if isinstance(error, CentreRefused):
        return _ANSWERS.get(error.problem.code, Why.REFUSED)
    return next((why for kind, why in _KINDS.items() if isinstance(error, kind)), Why.DISK)
