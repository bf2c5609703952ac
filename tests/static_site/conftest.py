"""An installation that is exported, and then gone."""

import json
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import Engine

from lti_tool.badges import awards, chores, documents, stack_badges
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Rendering
from lti_tool.cli import cairn
from lti_tool.database import opaque_id, read_session, sessions
from lti_tool.jobs import JobContext
from lti_tool.keyring import Keyring, Purpose
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion
from lti_tool.sealing import did_documents, proofs
from lti_tool.settings import Settings
from tests.badges.workshop import results_for
from tests.browser.conftest import browser, context, looks, page
from tests.builders import a_credential_version, a_person
from tests.conftest import know, opened, some_settings

__all__ = ["browser", "context", "looks", "page"]


@dataclass
class Ending:
    """An installation about to end."""

    app: Flask
    settings: Settings
    engine: Engine
    version: CredentialVersion
    now: datetime

    def award(self, name: str, *, is_shared: bool = True, is_signed: bool = True) -> str:
        """Somebody's badge; returns its public id."""
        with sessions(self.engine).begin() as session:
            person: Person = a_person(name)
            session.add(person)
            session.flush()
            version = session.get_one(CredentialVersion, self.version.id)
            made = awards.award(
                session,
                person=person,
                credential_version=version,
                results=results_for(version),
                now=self.now,
            )
            if is_shared:
                awards.share(session, made, now=self.now)
        if is_signed:
            chores.sign(JobContext(self.settings, self.engine, self.keyring), made.id)
        return made.public_id

    def stack(self, part: str) -> str:
        """The badge of the stack that somebody's badge completes; returns its public id."""
        with sessions(self.engine).begin() as session:
            earned = session.query(Award).filter_by(public_id=part).one()
            made = stack_badges.award_stack(
                session,
                person=earned.person,
                program_version=earned.credential_version.program_version,
                stack="field-work",
                public_id=opaque_id(),
                basis=[part],
                now=self.now,
            )
            awards.share(session, made, now=self.now)
        chores.sign(JobContext(self.settings, self.engine, self.keyring), made.id)
        return made.public_id

    def revoke(self, public_id: str) -> None:
        """Take a badge back."""
        with sessions(self.engine).begin() as session:
            found = session.query(Award).filter_by(public_id=public_id).one()
            awards.revoke(session, found, reason="By mistake.", actor=None, now=self.now)

    def own_file(self, public_id: str) -> str:
        """The file an earner saved, shared or not."""
        with read_session(self.engine) as session:
            found = session.query(Award).filter_by(public_id=public_id).one()
            return documents.kept(session, found)[Rendering.OB3_JSON].decode()

    @property
    def keyring(self) -> Keyring:
        """Its keys."""
        keyring: Keyring = self.app.extensions["cairn"].keyring
        return keyring

    def resigned(self, document: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """A credential with other words, signed by the issuer all the same."""
        with sessions(self.engine).begin() as session:
            issuer = session.query(Award).first().issuer  # type: ignore[union-attr]
            did = Addresses(self.settings.base_url).did(issuer)
        key = self.keyring.key(Purpose.BADGE_PROOF)
        bare = {name: value for name, value in document.items() if name != "proof"} | changes
        return proofs.sign(bare, key, did_documents.method_id(did, key), created=self.now)

    def by_a_stranger(self, document: dict[str, Any]) -> dict[str, Any]:
        """The same words, signed by whoever made a key for it."""
        key = self.keyring.key(Purpose.BADGE_PROOF)
        did = f"did:key:{key.kid}"
        issuer = document["issuer"] | {"id": did}
        theirs = ("proof", "credentialStatus")
        bare = {name: value for name, value in document.items() if name not in theirs}
        method = f"{did}#{key.kid}"
        return proofs.sign(bare | {"issuer": issuer}, key, method, created=self.now)

    def export(self, folder: Path) -> Result:
        """`cairn badge export-site`, as an operator types it."""
        environment = {
            "CAIRN_BASE_URL": self.settings.base_url,
            "CAIRN_DATABASE_URL": self.settings.database_url,
            "CAIRN_DATA_DIR": str(self.settings.data_dir),
            "CAIRN_KEYS_DIR": str(self.settings.keys_dir),
            "CAIRN_SECRET_KEY": self.settings.secret_key.get_secret_value(),
        }
        return CliRunner(env=environment).invoke(cairn, ["badge", "export-site", str(folder)])


def read_json(path: Path) -> dict[str, Any]:
    """A document of the site."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on; the address badges name and the site is served at."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port: int = asking.getsockname()[1]
    return port


@pytest.fixture
def ending(
    assembled: Flask,
    engine: Engine,
    database_url: str,
    data_dir: Path,
    made_key_rows: list[dict[str, Any]],
    free_port: int,
    noon: datetime,
) -> Ending:
    """An installation with something that can be earned."""
    settings = some_settings(database_url, data_dir, base_url=f"http://localhost:{free_port}")
    know(engine, made_key_rows)
    app = opened(assembled, settings, engine)
    with sessions(engine).begin() as session:
        version = a_credential_version()
        stack = {
            "slug": "field-work",
            "title": "Field work",
            "kind": "micro-endorsement",
            "rule": "all-of",
            "members": [version.credential.slug],
        }
        version.program_version.document |= {"stacks": [stack]}
        session.add(version)
    return Ending(app, settings, engine, version, noon)
