"""Every way a login or a launch can be refused: what happened, who can fix it, and how.

The causes are data, in the order `docs/launch-problems.md` lists them. A refusal is raised as
`LaunchProblem` with a cause, the values to compare and, where it is known, the way back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Value:
    """One thing to compare: what came in, and what it should have been. Never a token."""

    name: str
    received: str
    expected: str = ""


@dataclass(frozen=True)
class Seen:
    """What a login or launch said of itself, as far as it got."""

    issuer: str = ""
    client_id: str = ""
    deployment_id: str = ""
    message: str = ""
    registration_id: int | None = None
    sub: str = ""
    """The platform's name for the person; only once the signature was good. Not logged."""
    skew: float | None = None

    def facts(self) -> dict[str, str]:
        """What of it stands in the log."""
        named = {
            "issuer": self.issuer,
            "client_id": self.client_id,
            "deployment": self.deployment_id,
        }
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class Cause:
    """One cause. Steps are addressed to whoever reads them; an empty text means nothing to do."""

    code: str
    """Kebab-case; stands in `<meta name="lti-problem">` and in the log."""
    status: int
    happened: str
    """One sentence for the person who clicked the link."""
    you: str
    lms: str = ""
    """For the administrator of the LMS."""
    us: str = ""
    """For whoever runs this tool."""
    is_only_waiting: bool = False
    """Nothing is wrong, it has to be waited for: the LMS is told a message, not an error."""


_AGAIN = "Go back to your course and click the link again."
_REPORT = "If it happens again, send the reference below to your LMS administrator."

PARAMETER_MISSING = Cause(
    "parameter-missing",
    400,
    "Your LMS sent a message that lacks a part it must have.",
    f"{_AGAIN} {_REPORT}",
    "Check that the tool's login address ends in /lti/login and its redirect address in"
    " /lti/launch: a message sent to the wrong one of the two lacks exactly this part.",
)
MALFORMED = Cause(
    "malformed",
    400,
    "Your LMS sent a message that cannot be read.",
    f"{_AGAIN} {_REPORT}",
    "Check that the tool is set up as LTI 1.3, not as LTI 1.1, and that nothing between the LMS"
    " and this tool changes the form it posts.",
)
METHOD = Cause(
    "method",
    405,
    "This address only takes launches that your LMS sends.",
    "Go back to your course and open the tool by its link: reloading this page cannot work.",
)
TOO_LARGE = Cause(
    "too-large",
    413,
    "Your LMS sent a message larger than any launch can be.",
    f"{_AGAIN} {_REPORT}",
    "Look for a custom parameter that carries very long text.",
)
TOO_MANY = Cause(
    "too-many",
    429,
    "Your LMS is sending more logins than this tool takes at once.",
    "Wait a minute, then click the link in your course again.",
    "Look for something that opens the tool over and over, such as a monitoring script.",
    "Unfinished logins are forgotten after ten minutes; `cairn platform list` names the platforms.",
)
UNKNOWN_PLATFORM = Cause(
    "unknown-platform",
    401,
    "The LMS that sent you here is not registered with this tool.",
    "Nothing you can change yourself: pass this page on to your LMS administrator.",
    "Compare the issuer and the client id below with the tool's settings in your LMS. They must be"
    " equal to the letter; a slash at the end makes a difference.",
    "Register the platform: `cairn platform add --issuer … --client-id …` with the values below.",
)
AMBIGUOUS_CLIENT = Cause(
    "ambiguous-client",
    400,
    "Your LMS did not say which of its registrations with this tool it means.",
    "Nothing you can change yourself: pass this page on to your LMS administrator.",
    "Let the LMS send client_id with the login, as LTI 1.3 allows; this issuer is registered here"
    " more than once.",
    "Or remove registrations that are no longer used: `cairn platform list` shows them.",
)
PLATFORM_ERROR = Cause(
    "platform-error",
    400,
    "Your LMS answered with an error instead of opening the tool.",
    f"{_AGAIN} {_REPORT}",
    "The error is the LMS's own; its name and words are below. Check that the redirect address"
    " registered for the tool is the one shown here, to the letter.",
)
LOGIN_REQUIRED = Cause(
    "login-required",
    401,
    "Your LMS says that you are no longer signed in there.",
    "Reload the page of your LMS, sign in again, and click the link once more. If you are signed"
    " in, your browser is keeping the LMS's own cookies from it: open the tool in a new window.",
)
LAUNCH_GONE = Cause(
    "launch-gone",
    401,
    "Your LMS lets each click open the tool only once, and this one was used up.",
    "Go back to your course and click the link again; reloading this page cannot work.",
)
COOKIES_BLOCKED = Cause(
    "cookies-blocked",
    401,
    "Your browser kept this tool's cookies from it, so it cannot know that it is still you.",
    "Open the tool in a new window with the button on this page. If you are in a new window"
    " already, allow cookies for this site in your browser's settings for privacy, and click the"
    " link in your course again.",
    "If this happens to many people, see whether your LMS can keep things for tools (LTI Platform"
    " Storage), or let the tool open in a new window by default: a window of its own needs no"
    " cookies inside a frame.",
)
STATE = Cause(
    "state",
    401,
    "This launch does not belong to a login that began in this browser.",
    f"{_AGAIN} A login is good for ten minutes and only in the browser that began it.",
    "If it happens to everybody, check that the LMS sends the login and the launch to the same"
    " host name of this tool.",
)
NONCE = Cause(
    "nonce",
    401,
    "Your LMS did not repeat the one-time number that belongs to this login.",
    f"{_AGAIN} {_REPORT}",
    "The nonce of the login request must come back unchanged in the id_token.",
)
REPLAY = Cause(
    "replay",
    401,
    "This launch was used already, and each one opens the tool only once.",
    "Go back to your course and click the link again; the back button and reloading cannot work.",
)
SIGNATURE = Cause(
    "signature",
    401,
    "The signature of your LMS on this launch could not be confirmed.",
    f"{_AGAIN} {_REPORT}",
    "The launch must be signed with RS256 by a key of the key set below, and name that key (kid).",
    "Compare the key set address with the one the LMS publishes; correct it by registering the"
    " platform again.",
)
KEYS_UNREACHABLE = Cause(
    "keys-unreachable",
    503,
    "The keys of your LMS cannot be fetched at the moment, so its signature cannot be checked.",
    "Wait a minute, then click the link in your course again.",
    "Check that the key set address below answers from outside your network, within five seconds.",
    "Plain http and private addresses are only called when CAIRN_LTI_HTTP_ALLOW names them.",
)
EXPIRED = Cause(
    "expired",
    401,
    "This launch arrived after it had expired.",
    _AGAIN,
    "Compare the LMS server's clock with the time below; it must be right to within a minute.",
    "Compare this server's clock with the time below as well.",
)
NOT_YET = Cause(
    "not-yet",
    401,
    "This launch is dated in the future.",
    "Wait a minute, then click the link in your course again.",
    "Compare the LMS server's clock with the time below; it must be right to within a minute.",
    "Compare this server's clock with the time below as well.",
)
TOO_OLD = Cause(
    "too-old",
    401,
    "This launch was made too long ago.",
    _AGAIN,
    "A launch must reach this tool within fifteen minutes. Compare the LMS server's clock with the"
    " time below.",
)
AUDIENCE = Cause(
    "audience",
    401,
    "This launch was made for another tool.",
    "Nothing you can change yourself: pass this page on to your LMS administrator.",
    "The id_token's audience must be this tool's client id, alone, and azp must repeat it where it"
    " is sent. Compare the values below with the tool's settings.",
    "If the client id below is right, register it: `cairn platform add`.",
)
CLAIM_MISSING = Cause(
    "claim-missing",
    401,
    "Your LMS left out something that every launch must say.",
    "Nothing you can change yourself: pass this page on to your LMS administrator.",
    "The claim named below is required by LTI 1.3. If the LMS lets you choose what it shares with"
    " the tool, choose more; otherwise report it to the maker of the LMS.",
)
CLAIM_INVALID = Cause(
    "claim-invalid",
    401,
    "Your LMS said something in a form that LTI does not allow.",
    "Nothing you can change yourself: pass this page on to your LMS administrator.",
    "The claim named below must have the form that is given; report it to the maker of the LMS.",
)
ANONYMOUS = Cause(
    "anonymous",
    401,
    "Your LMS did not say who you are, and work cannot be kept for nobody.",
    "Sign in to your LMS, then click the link in your course again.",
    "The tool needs the sub claim. Guests and previews without an account cannot use it.",
)
UNSUPPORTED_MESSAGE = Cause(
    "unsupported-message",
    400,
    "Your LMS asked this tool for something it does not do.",
    "Go back to your course. The tool opens from links in a course and from the gradebook.",
    "Remove the placement that sends this type of message, or choose one of the types listed.",
)
NOT_OFFERED = Cause(
    "not-offered",
    400,
    "Your LMS asked this tool for something it knows of and does not offer.",
    "Nothing is missing and nothing is wrong with your work. Go back; the tool opens from its link"
    " in your course.",
    "The message below belongs to document processing. Take the tool out of that placement; its"
    " other placements go on working.",
)
NOT_YOURS_TO_KNOW = Cause(
    "not-yours-to-know",
    403,
    "Only administrators of your LMS may ask what this tool keeps about a person.",
    "Ask an administrator of your LMS to open this page. What is kept about yourself stands on"
    " your own pages here.",
    "The launch must carry the role Administrator or SysAdmin of the institution or the system:"
    " roles in courses do not count.",
)
NOTHING_ACCEPTED = Cause(
    "nothing-accepted",
    400,
    "This place in your course does not take links to a tool, which is all this tool can offer.",
    "Go back and add the tool as an assignment or as an external tool instead.",
    "The placement must accept content items of the type ltiResourceLink.",
)
NOT_YOURS_TO_CHOOSE = Cause(
    "not-yours-to-choose",
    403,
    "Only people who build the course may choose what is placed in it.",
    "Ask the instructor of the course to place it.",
    "The LMS offered the picker to somebody whose role in the course does not allow it.",
)
DEPLOYMENT_PENDING = Cause(
    "deployment-pending",
    403,
    "This tool is installed in your LMS, but its installation has not been approved here yet.",
    "Nothing to do but wait: the link will work as soon as the installation is approved.",
    "Tell whoever runs this tool the issuer, client id and deployment id below, so that they can"
    " see that the request is yours.",
    "Approve it on the administration page /admin, or with the command below.",
    is_only_waiting=True,
)
DEPLOYMENT_BLOCKED = Cause(
    "deployment-blocked",
    403,
    "This installation of the tool in your LMS has been blocked here.",
    "Nothing you can change yourself: pass this page on to your LMS administrator.",
    "Ask whoever runs this tool why, with the deployment id below.",
    "`cairn deployment approve` lets it in again.",
)
UNKNOWN_DEPLOYMENT = Cause(
    "unknown-deployment",
    401,
    "Your LMS named one installation of the tool when it began, and another one when it finished.",
    f"{_AGAIN} {_REPORT}",
    "lti_deployment_id of the login and the deployment_id claim of the launch must be equal.",
)
UNKNOWN_CONTENT = Cause(
    "unknown-content",
    404,
    "This link names a program or a credential that does not exist here.",
    "Tell the instructor of the course: the link has to be set up again.",
    "The custom parameters program and credential of this link must be slugs that exist here.",
    "`cairn program list` shows which slugs there are.",
)
NOT_YOURS_TO_SEE = Cause(
    "not-yours-to-see",
    403,
    "This work belongs to somebody else and is not yours to see.",
    "Open your own work by the link in your course.",
    "The gradebook asked for one person's work on behalf of another who neither teaches this course"
    " nor is appointed to judge. Some LMSs let every participant ask so; nothing was shown.",
)
LEFT_OVER = Cause(
    "left-over",
    400,
    "Your LMS opened this work in a way that only older tools understand.",
    f"{_AGAIN} {_REPORT}",
    "The tool is also set up as LTI 1.1 on the same host, and that setting wins for addresses it"
    " does not know. Remove the old setting, or move it to another host name.",
)
UNKNOWN_WORK = Cause(
    "unknown-work",
    404,
    "The gradebook asks for work that is not here.",
    "Go back to the gradebook. If the person has not handed anything in yet, there is nothing to"
    " show.",
    "The review address of the column must be the one this tool gave when it was created.",
)

CAUSES: tuple[Cause, ...] = (
    PARAMETER_MISSING,
    MALFORMED,
    METHOD,
    TOO_LARGE,
    TOO_MANY,
    UNKNOWN_PLATFORM,
    AMBIGUOUS_CLIENT,
    PLATFORM_ERROR,
    LOGIN_REQUIRED,
    LAUNCH_GONE,
    COOKIES_BLOCKED,
    STATE,
    NONCE,
    REPLAY,
    SIGNATURE,
    KEYS_UNREACHABLE,
    EXPIRED,
    NOT_YET,
    TOO_OLD,
    AUDIENCE,
    CLAIM_MISSING,
    CLAIM_INVALID,
    ANONYMOUS,
    UNSUPPORTED_MESSAGE,
    NOT_OFFERED,
    NOT_YOURS_TO_KNOW,
    NOTHING_ACCEPTED,
    NOT_YOURS_TO_CHOOSE,
    DEPLOYMENT_PENDING,
    DEPLOYMENT_BLOCKED,
    UNKNOWN_DEPLOYMENT,
    UNKNOWN_CONTENT,
    NOT_YOURS_TO_SEE,
    LEFT_OVER,
    UNKNOWN_WORK,
)


@dataclass(frozen=True)
class Offer:
    """What a page may offer besides words: beginning again in a window of its own."""

    parameters: Mapping[str, str]
    """The login's own parameters, as the LMS sent them."""


@dataclass
class LaunchProblem(Exception):
    """A login or launch that is refused. `str()` is the code with its values, for the log."""

    cause: Cause
    values: tuple[Value, ...] = ()
    command: str = ""
    """A command that mends it, ready to copy."""
    return_url: str | None = None
    offer: Offer | None = None
    burns: bool = False
    """The signature was good, so the login is used up although the launch is refused."""
    seen: Seen = Seen()
    """What the launch said of itself, for the log and for its record."""

    def __str__(self) -> str:
        """The code and what was compared."""
        shown = "; ".join(f"{value.name}={value.received!r}" for value in self.values)
        return f"{self.cause.code}: {shown}" if shown else self.cause.code

    def with_way_back(self, return_url: str | None) -> "LaunchProblem":
        """The same problem with the address that leads back to the course."""
        return replace(self, return_url=return_url or self.return_url)


def refuse(
    cause: Cause, *compared: tuple[str, object] | tuple[str, object, object]
) -> LaunchProblem:
    """A problem from `(name, received)` and `(name, received, expected)`, cut to be readable."""
    return LaunchProblem(
        cause,
        tuple(
            Value(str(name), _short(received), _short(*rest) if any(rest) else "")
            for name, received, *rest in compared
        ),
    )


def _short(value: object) -> str:
    """A value as shown on a page: at most 300 characters, nothing that a screen cannot show."""
    text = "nothing" if value is None or value == "" else str(value)
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= 300 else text[:299] + "…"


def document() -> str:
    """`docs/launch-problems.md`, from the causes."""
    opening = (
        "When a launch is refused, the page says what happened, who can fix it, and how. The code"
        ' stands on the page, in `<meta name="lti-problem">`, and in the log under the reference of'
        " the page. This list is written from `lti_tool/launch/problems.py`; a test compares them."
    )
    lines = ["# Launch problems", "", opening, ""]
    for cause in CAUSES:
        lines += [f"## `{cause.code}` ({cause.status})", "", cause.happened, ""]
        for who, step in (
            ("You", cause.you),
            ("Your LMS administrator", cause.lms),
            ("Us, who run this tool", cause.us),
        ):
            if step:
                lines.append(f"- **{who}:** {step}")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201  python -m lti_tool.launch.problems > docs/…
