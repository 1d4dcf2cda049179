"""What a passkey proves: the only module that knows the library for it. Stores nothing, and knows nobody."""

import json
from typing import NamedTuple

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from yarl import URL

_VERIFIED = UserVerificationRequirement.REQUIRED  # by a finger, a face or a PIN: it stands alone then
_UNREADABLE = (WebAuthnException, ValueError, RecursionError)


class Place(NamedTuple):
    """Where a passkey is good: it answers to this host, and to a page of this origin."""

    host: str
    origin: str


class Made(NamedTuple):
    """A passkey as the ledger has it; all in base64url."""

    id: str
    public_key: str
    uses: int
    """Its own counter; 0 for ever with most that are copied between a person's machines."""


class Used(NamedTuple):
    uses: int


def place_of(origin: str) -> Place | None:
    """Passkeys work over https, or on this very machine as `localhost`, and never for a bare address."""
    url = URL(origin)
    host = url.host or ""
    safe = url.scheme == "https" or host == "localhost"
    named = bool(host) and ":" not in host and not host.rpartition(".")[2].isdigit()
    return Place(host, origin) if safe and named else None


def making(place: Place, challenge: str, *, person: str, name: str, issuer: str, has: tuple[str, ...]) -> str:
    """What a browser is asked to make, as JSON; `has`: the ids of those the person has already."""
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=issuer,
        user_name=name,
        user_id=person.encode(),
        challenge=base64url_to_bytes(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in has],
    )
    return webauthn.options_to_json(options)


def asking(place: Place, challenge: str) -> str:
    """What a browser is asked to sign, as JSON: whichever passkey the person picks."""
    options = webauthn.generate_authentication_options(
        rp_id=place.host, challenge=base64url_to_bytes(challenge), user_verification=_VERIFIED
    )
    return webauthn.options_to_json(options)


def made(credential: str, place: Place, challenge: str) -> Made | None:
    """The passkey that a browser made for this challenge; None where it is not that."""
    try:
        found = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    key = bytes_to_base64url(found.credential_public_key)
    return Made(bytes_to_base64url(found.credential_id), key, found.sign_count)


def id_of(credential: str) -> str:
    """Which passkey a browser says it used; empty where it says nothing that can be read."""
    try:
        said = json.loads(credential)
    except (ValueError, RecursionError):
        return ""
    claimed = said.get("id") if isinstance(said, dict) else None
    return claimed if isinstance(claimed, str) else ""


def used(credential: str, known: Made, place: Place, challenge: str) -> Used | None:
    """Whether this passkey signed this challenge here, with its holder verified; None where it did not.

    A counter that went back is a copy, and refused.
    """
    try:
        found = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=base64url_to_bytes(known.public_key),
            credential_current_sign_count=known.uses,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    return Used(found.new_sign_count)
