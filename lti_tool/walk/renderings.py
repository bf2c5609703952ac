"""Every rendering of an award, fetched as a stranger would."""

import json
from pathlib import Path

from lti_tool.walk.visitor import TIMEOUT, Lost, Visitor

FILES = {
    "ob3.json": "{award}.json",
    "jwt": "{award}.jwt",
    "ob3.png": "{award}.png",
    "ob3.svg": "{award}.svg",
    "ob2.json": "{base}/badges/v2/assertions/{id}",
    "ob2.png": "{base}/badges/v2/assertions/{id}.png",
    "ob2.svg": "{base}/badges/v2/assertions/{id}.svg",
    "ob2.jws": "{base}/badges/v2/assertions/{id}.jws",
    "ob2.signed.png": "{base}/badges/v2/assertions/{id}.signed.png",
    "ob2.signed.svg": "{base}/badges/v2/assertions/{id}.signed.svg",
}
"""What is kept of each award, and where the tool serves it."""


def fetch(base_url: str, award: str) -> dict[str, bytes]:
    """The files of a shared award by name, with its status list and the issuer's did document.

    Raises:
        Lost: one of them is not served.
    """
    stranger = Visitor()
    stranger.get(award)
    public_id = award.rsplit("/", 1)[1]
    kept = {}
    for ending, place in FILES.items():
        address = place.format(award=award, base=base_url, id=public_id)
        answer = stranger.http.get(address, timeout=TIMEOUT)
        if not answer.ok:
            raise Lost(f"{address} answered {answer.status_code}")
        kept[f"{public_id}.{ending}"] = answer.content
    document = stranger.http.get(f"{award}.json", timeout=TIMEOUT).json()
    status = document["credentialStatus"]["statusListCredential"]
    number = status.rsplit("/", 1)[1]
    kept[f"status-{number}.json"] = stranger.http.get(status, timeout=TIMEOUT).content
    did = stranger.http.get(f"{base_url}/.well-known/did.json", timeout=TIMEOUT)
    kept["did.json"] = did.content
    return kept | _beside_2(stranger, kept, public_id)


def _beside_2(stranger: Visitor, kept: dict[str, bytes], public_id: str) -> dict[str, bytes]:
    """What Open Badges 2.0 leads to: badge class, issuer, key and revocation list."""

    def ask(address: str) -> bytes:
        return stranger.http.get(address, timeout=TIMEOUT).content

    badge = ask(json.loads(kept[f"{public_id}.ob2.json"])["badge"])
    issuer = ask(json.loads(badge)["issuer"])
    return {
        f"{public_id}.ob2.badgeclass.json": badge,
        "ob2-issuer.json": issuer,
        "ob2-key.json": ask(json.loads(issuer)["publicKey"]),
        "ob2-revocations.json": ask(json.loads(issuer)["revocationList"]),
    }


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Put files into a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def verify(base_url: str, files: dict[str, bytes]) -> int:
    """Drop every rendering on the verify page, which must call it genuine; how many there were."""
    awards = {name: content for name, content in files.items() if name.split(".", 1)[1] in FILES}
    for name, content in awards.items():
        expect(base_url, name, content, verdict="valid")
    return len(awards)


def expect(base_url: str, name: str, content: bytes, *, verdict: str) -> None:
    """Drop a file on the verify page as a stranger.

    Raises:
        Lost: the page says something else.
    """
    stranger = Visitor()
    page = stranger.get(f"{base_url}/verify")
    form = next(form for form in page.forms if form.files)
    answer = stranger.send(page, form, files={form.files[0]: (name, content)})
    if answer.metas.get("verdict") != verdict:
        raise Lost(
            f"{name}: the verify page says {answer.metas.get('verdict')!r} instead of"
            f" {verdict!r}: {answer.text[:600]}"
        )
