"""A passkey as a machine would hold it, for tests: its own key pair, and what a browser says around it."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


class Device:
    """Makes one passkey and signs with it; `uses` is its counter."""

    def __init__(self, origin: str, *, verified: bool = True, uses: int = 1, counts: bool = True) -> None:
        self.origin = origin
        self.host = origin.rpartition("//")[2].partition(":")[0]
        self.uses = uses if counts else 0
        self._by = int(counts)
        self._flags = _PRESENT | (_VERIFIED if verified else 0)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)

    def make(self, options: str) -> str:
        """What `navigator.credentials.create` answers, as JSON."""
        numbers = self._key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        data = self._data(self._flags | _ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", options)
        return self._answer(clientDataJSON=said, attestationObject=statement)

    def show(self, options: str) -> str:
        """What `navigator.credentials.get` answers, as JSON; each answer counts one up."""
        data, said = self._data(self._flags), self._said("webauthn.get", options)
        signature = self._key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=said, authenticatorData=data, signature=signature)

    def _data(self, flags: int) -> bytes:
        count = self.uses.to_bytes(4, "big")
        self.uses += self._by
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + count

    def _said(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **response: bytes) -> str:
        said = {name: _text(value) for name, value in response.items()}
        return json.dumps(
            {"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": said}
        )


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
