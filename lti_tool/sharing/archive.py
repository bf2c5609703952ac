"""Every download of one badge in one ZIP, the same bytes each time it is made."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime

READ_ME = """\
{name}
earned by {who}
from {issuer}
{address}

badge.json, badge.jwt      The badge: Open Badges 3.0, signed in two ways. Keep at least one.
badge.png, badge.svg       Pictures with badge.json inside. Keep them as they are: saving them
                           again in a picture program, or on some phones, strips it out.
certificate.pdf            The badge on paper, with the rubric.
code.svg                   The address above as a QR code.
card.png                   The picture for posts.
record.clr.json            Of a stack: all badges it rests on in one learner record (CLR 2.0).
open-badges-2.0            The same for older systems. hosted.* is checked at the site and works
                           while the badge is public; signed.* is checked by its signature.

Any verifier of Open Badges can check these files.
"""

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""What a ZIP can date a file to."""


def as_zip(files: Mapping[str, bytes], *, dated: datetime) -> bytes:
    """Files by name, in the order of their names, all with one date."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files):
            add(archive, name, files[name], dated=dated)
    return out.getvalue()


def add(archive: zipfile.ZipFile, name: str, content: bytes, *, dated: datetime) -> None:
    """One more file, the same bytes on any machine."""
    entry = zipfile.ZipInfo(name, max(_EARLIEST, dated.timetuple()[:6]))
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, compresslevel=6)
