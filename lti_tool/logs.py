"""Logs: one JSON object a line on standard error, with a correlation id and without secrets.

Every line of one request carries the same `request` (see `web/observing.py`), every line of one
background job its `job`. What looks like a secret is taken out of every line, whoever wrote it,
our own code or a library's; that is a net below the rule that secrets are not logged at all.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

HIDDEN = "[hidden]"

SECRET_NAMES = frozenset(
    {
        "assertion",
        "authorization",
        "cookie",
        "jwt",
        "nonce",
        "password",
        "pem",
        "private_key",
        "secret",
        "set-cookie",
        "token",
    }
)
SECRET_ENDINGS = (
    "_assertion",
    "_cookie",
    "_jwt",
    "_nonce",
    "_password",
    "_secret",
    "_token",
)

_SECRETS_IN_TEXT = (
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
        re.DOTALL,
    ),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    re.compile(r"(?<=\bBearer )[\w.~+/=-]+"),
    re.compile(
        r"(?<=\b)((?:access_|id_|refresh_|registration_|form_)?token|state|nonce|client_secret"
        r"|client_assertion|password|lti_message_hint|login_hint)=[^\s&\"']+"
    ),
    re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"),
)
"""Private keys, tokens of three parts, bearer tokens, query parameters, passwords in addresses."""

_WORTH_A_LOOK = re.compile(r"PRIVATE KEY|eyJ|Bearer|=|@")
"""What every pattern above needs; most texts of a log have none of it."""


def is_secret_name(name: str) -> bool:
    """Whether a value of this name is kept out of the log whatever it is."""
    name = name.lower()
    return name in SECRET_NAMES or name.endswith(SECRET_ENDINGS)


def without_secrets(value: Any) -> Any:
    """The same value with everything hidden that looks like a secret, at any depth."""
    if isinstance(value, str):
        if not _WORTH_A_LOOK.search(value):
            return value
        for pattern in _SECRETS_IN_TEXT:
            value = pattern.sub(HIDDEN, value)
        return value
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if is_secret_name(str(name)) and inner else without_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [without_secrets(inner) for inner in value]
    return value


def _hide(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    kept = {name: event.pop(name) for name in list(event) if name.startswith("_")}
    hidden: dict[str, Any] = without_secrets(event)
    return hidden | kept


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at that moment, so that it can be redirected."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def configure(level: int = logging.INFO) -> None:
    """Send every log line of this process through one formatter.

    Our own from `level` up; of the libraries, warnings and errors.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _hide,
                structlog.processors.JSONRenderer(default=str, sort_keys=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [one for one in root.handlers if not isinstance(one, _Stderr)] + [handler]
    # Libraries speak up when something is wrong. Werkzeug, for one, would otherwise repeat each
    # request with its whole address; ours says it once, and without the query.
    root.setLevel(logging.WARNING)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("lti_tool").setLevel(level)
