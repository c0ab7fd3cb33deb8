"""Answers that only the kernel that asked can open.

The browser seals what is typed under a key that the prompt carries, so that a value stands in clear
in no message, no kernel log and no server log: ECDH on P-256, HKDF-SHA256, AES-256-GCM, all of
which WebCrypto has.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from attio_nb.errors import CommandError

__all__ = ["AnswerKey"]

INFO = b"attio_nb prompt v1"


class AnswerKey:
    """The key pair of one prompt.

    Args:
        prompt_id: The prompt that answers are bound to.
    """

    def __init__(self, prompt_id: str) -> None:
        self._context = prompt_id.encode()
        self._private_key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> str:
        """The public key: an uncompressed point of 65 bytes, in base64."""
        # Put together here, since the module that serialises keys takes 40 ms to load.
        numbers = self._private_key.public_key().public_numbers()
        point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        return base64.b64encode(point).decode()

    def open(self, sealed: Any) -> dict[str, Any]:
        """Return the answer that a browser sealed.

        Args:
            sealed: ``public_key`` of the sender (65 bytes), ``nonce`` (12 bytes) and
                ``ciphertext``, each in base64.

        Raises:
            CommandError: It was not sealed for this prompt, or changed on the way.
        """
        try:
            sender, nonce, ciphertext = (
                base64.b64decode(sealed[k]) for k in ("public_key", "nonce", "ciphertext")
            )
            shared = self._private_key.exchange(
                ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
            )
            key = HKDF(hashes.SHA256(), 32, self._context, INFO).derive(shared)
            answer = json.loads(AESGCM(key).decrypt(nonce, ciphertext, self._context))
        except (InvalidTag, ValueError, KeyError, TypeError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise CommandError("The answer could not be opened. Reload the page and try again.")
        return answer
