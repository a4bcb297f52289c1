"""Credentials at rest: encrypted by a key that is not in the database."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from broadcaster.errors import ConfigurationError

PURPOSE = b"loa-phuong gateway credentials"


class Vault:
    """Locks words with the first of its secrets, and opens what any of them locked."""

    def __init__(self, *secrets: str) -> None:
        self._box = MultiFernet([Fernet(_key_of(secret)) for secret in secrets])

    def lock(self, word: str) -> str:
        """Return the word encrypted and signed, as text."""
        return self._box.encrypt(word.encode()).decode()

    def open(self, locked: str) -> str:
        """Return the word. Raises ConfigurationError when the key is another."""
        try:
            return self._box.decrypt(locked.encode()).decode()
        except InvalidToken as error:
            raise ConfigurationError(
                ["LOA_SECRET_KEY is not the one that the credentials were locked with"]
            ) from error


def _key_of(secret: str) -> bytes:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return base64.urlsafe_b64encode(key.derive(secret.encode()))
