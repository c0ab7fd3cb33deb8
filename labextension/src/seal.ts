/**
 * Sealing an answer in the browser, so that only the prompt in the kernel can
 * open it: ephemeral ECDH on P-256, HKDF-SHA256, AES-256-GCM.
 */
import type { IAnswer, ISealed } from './protocol';

const CURVE = { name: 'ECDH', namedCurve: 'P-256' };
const INFO = 'attio_nb prompt v1';

/**
 * Whether this page can seal.
 *
 * Browsers give `crypto.subtle` only to pages from https or localhost.
 */
export function canSeal(crypto: Crypto | undefined = globalThis.crypto) {
  return crypto?.subtle !== undefined;
}

/**
 * Seal an answer for one prompt.
 *
 * @param answer - what the person typed
 * @param promptId - binds the result to this prompt alone
 * @param publicKey - the prompt's key: base64 of an uncompressed P-256 point
 */
export async function seal(
  answer: IAnswer,
  promptId: string,
  publicKey: string,
  crypto: Crypto = globalThis.crypto
): Promise<ISealed> {
  const { subtle } = crypto;
  const ephemeral = await subtle.generateKey(CURVE, false, ['deriveBits']);
  const theirs = await subtle.importKey(
    'raw',
    fromBase64(publicKey),
    CURVE,
    false,
    []
  );
  const shared = await subtle.deriveBits(
    { name: 'ECDH', public: theirs },
    ephemeral.privateKey,
    256
  );
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const ciphertext = await subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData: utf8(promptId) },
    await sealingKey(subtle, shared, promptId),
    utf8(JSON.stringify(answer))
  );
  const ours = await subtle.exportKey('raw', ephemeral.publicKey);
  return {
    public_key: toBase64(ours),
    nonce: toBase64(nonce),
    ciphertext: toBase64(ciphertext)
  };
}

async function sealingKey(
  subtle: SubtleCrypto,
  shared: ArrayBuffer,
  promptId: string
): Promise<CryptoKey> {
  const material = await subtle.importKey('raw', shared, 'HKDF', false, [
    'deriveKey'
  ]);
  return subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: utf8(promptId), info: utf8(INFO) },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt']
  );
}

function utf8(text: string) {
  return new TextEncoder().encode(text);
}

function toBase64(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(
    Array.from(new Uint8Array(bytes), byte => String.fromCharCode(byte)).join(
      ''
    )
  );
}

function fromBase64(text: string) {
  return Uint8Array.from(atob(text), char => char.charCodeAt(0));
}
