"""Takes secrets out of texts, before anybody else sees them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from manymodels import variables

REMOVED = "(removed)"
_SHORTEST = 4
"""Shorter texts would be found in too many words."""
_SHOWN_PREFIXES = ("RAY_", "OTEL_", variables.PREFIX)
_SECRET_NAME = re.compile(r"TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL|HEADERS|CONNECTION_STRING|(?<!API_)KEY$|API_?KEY")
_NAMES = r"(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|credential)s?"
_PATTERNS = (
    # A private key, also one that a tail has cut.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), REMOVED),
    # The user part of a URI.
    (re.compile(r"(?<=://)[^\s/@\"'<>]+(?=@)"), REMOVED),
    # What signs a URL of Azure Storage, and others' parameters.
    (re.compile(r"(?i)(?<=[?&;])(sig|signature|sv|se|skoid|token|code|key|password)=[^\s&;\"'<>]+"), rf"\1={REMOVED}"),
    (re.compile(r"(?i)\b(AccountKey|SharedAccessSignature|SharedAccessKey)=[^\s;\"'<>]+"), rf"\1={REMOVED}"),
    (re.compile(r"(?i)\b(bearer\s+|authorization\W+basic\s+)[A-Za-z0-9._~+/=-]{4,}"), rf"\1{REMOVED}"),
    # A JSON web token.
    (re.compile(r"\beyJ[\w-]{5,2048}\.[\w-]+\.[\w-]*"), REMOVED),
    # password: x, "api_key": "x", TOKEN=x. A name of a file or of a Kubernetes secret is left out as well.
    (re.compile(rf"(?i)({_NAMES}[\"']?[ \t]*[:=][ \t]*)(\"[^\"\n]*\"|'[^'\n]*'|[^\s,;}}\]\"']+)"), rf"\1{REMOVED}"),
)


class Redaction:
    """Removes these secrets wherever they stand, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in (secret, quote(secret, safe=""))}
        # The longest first: one may be a part of another.
        self._secrets = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, REMOVED)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def is_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret; one that names a file with it does not."""
    if name.endswith("_FILE"):
        return False
    known = variables.ALL.get(name)
    return known.secret if known is not None else _SECRET_NAME.search(name) is not None


def secrets_of(environment: Mapping[str, str]) -> set[str]:
    """The secrets that an environment holds, or whose files it names."""
    found = {value.strip() for name, value in environment.items() if is_secret(name)}
    for variable in variables.ALL.values():
        if variable.secret and variable.file is not None and environment.get(variable.file, "").strip():
            try:
                found.add(Path(environment[variable.file].strip()).read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError):
                continue
    return found


def shown(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that say how the application runs. Of a secret only that it is set."""
    return {
        name: "(set)" if is_secret(name) else value
        for name, value in sorted(environment.items())
        if name in variables.NAMES or name.startswith(_SHOWN_PREFIXES)
    }
