import { expect, test } from '@jest/globals';

import { canSeal, seal } from '../src/seal';
import type { ISealed } from '../src/protocol';

const { subtle } = globalThis.crypto;
const CURVE = { name: 'ECDH', namedCurve: 'P-256' };

async function promptKey() {
  const pair = await subtle.generateKey(CURVE, true, ['deriveBits']);
  const point = await subtle.exportKey('raw', pair.publicKey);
  return { pair, publicKey: Buffer.from(point).toString('base64') };
}

/** The kernel's side of the contract, written down a second time. */
async function open(sealed: ISealed, promptId: string, own: CryptoKey) {
  const decode = (text: string) => Buffer.from(text, 'base64');
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const point = decode(sealed.public_key);
  const theirs = await subtle.importKey('raw', point, CURVE, false, []);
  const shared = await subtle.deriveBits(
    { name: 'ECDH', public: theirs },
    own,
    256
  );
  const material = await subtle.importKey('raw', shared, 'HKDF', false, [
    'deriveKey'
  ]);
  const info = utf8('attio_nb prompt v1');
  const key = await subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: utf8(promptId), info },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['decrypt']
  );
  const text = await subtle.decrypt(
    {
      name: 'AES-GCM',
      iv: decode(sealed.nonce),
      additionalData: utf8(promptId)
    },
    key,
    decode(sealed.ciphertext)
  );
  return JSON.parse(Buffer.from(text).toString('utf8'));
}

test('the holder of the prompt key reads what was sealed', async () => {
  const { pair, publicKey } = await promptKey();
  const answer = { value: 'clé 🔑', title: 'Mail', hosts: ['api.example.com'] };

  const sealed = await seal(answer, 'prompt-1', publicKey);

  expect(await open(sealed, 'prompt-1', pair.privateKey)).toStrictEqual(answer);
});

test('an answer sealed for one prompt does not open for another', async () => {
  const { pair, publicKey } = await promptKey();
  const sealed = await seal({ value: 'key' }, 'prompt-1', publicKey);

  await expect(open(sealed, 'prompt-2', pair.privateKey)).rejects.toThrow();
});

test('the same answer is sealed differently each time', async () => {
  const { publicKey } = await promptKey();

  const first = await seal({ value: 'key' }, 'prompt-1', publicKey);
  const second = await seal({ value: 'key' }, 'prompt-1', publicKey);

  expect(first.public_key).not.toBe(second.public_key);
  expect(first.nonce).not.toBe(second.nonce);
  expect(first.ciphertext).not.toBe(second.ciphertext);
});

test('a 100 kB value can be sealed', async () => {
  const { pair, publicKey } = await promptKey();
  const value = 'x'.repeat(100_000);

  const sealed = await seal({ value }, 'prompt-1', publicKey);

  const opened = await open(sealed, 'prompt-1', pair.privateKey);
  expect(opened.value).toBe(value);
});

test('a key that is no point of the curve is refused', async () => {
  await expect(
    seal({ value: 'key' }, 'prompt-1', btoa('nonsense'))
  ).rejects.toThrow();
});

test('a page that is neither https nor localhost cannot seal', () => {
  expect(canSeal({} as Crypto)).toBe(false);
  expect(canSeal(globalThis.crypto)).toBe(true);
});
