import { INVALID_TOKEN, MISSING_TOKEN, UNVERIFIED } from './attack.ts';
import type { Attack } from './attack.ts';
import { bytes, claimsText, encodeText, partsOf, signedInput, signedText, sound, withClaims, zeros } from './forge.ts';
import type { Forge, Parts } from './forge.ts';

export interface TokenAttack extends Attack {
  readonly token: (forge: Forge) => string;
}

function rearranged(make: (parts: Parts) => string): (forge: Forge) => string {
  return (forge) => make(partsOf(sound(forge)));
}

/** A payload whose base64url has unused bits at its end, one of them set. */
function looseEnd(forge: Forge): string {
  for (const padding of ['', 'x', 'xx']) {
    const { header, payload, signature } = partsOf(withClaims(forge, { padding }));
    if (payload.length % 4 === 0) continue;
    const last = payload.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return `${header}.${payload.slice(0, -1)}${alphabet[alphabet.indexOf(last) + 1]}.${signature}`;
  }
  throw new Error('one of three lengths leaves bits unused');
}

function spliced(text: Buffer, at: number, length: number, replacement: Buffer): Buffer {
  return Buffer.concat([text.subarray(0, at), replacement, text.subarray(at + length)]);
}

const COMPACT = 'RFC 7515 §7.1';
const BASE64URL = 'RFC 7515 §2';
const JSON_TEXT = 'RFC 7519 §7.2';

/** What is no compact JWS of a JSON object is refused unread. */
export const TOKEN_ENCODING: readonly TokenAttack[] = [
  {
    source: COMPACT,
    title: 'a sound token without its signature part',
    token: rearranged(({ header, payload }) => `${header}.${payload}`),
    expected: INVALID_TOKEN,
  },
  {
    source: COMPACT,
    title: 'a sound token without its header',
    token: rearranged(({ payload, signature }) => `.${payload}.${signature}`),
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 7515 appendix F',
    title: 'a sound token whose payload is detached',
    token: rearranged(({ header, signature }) => `${header}..${signature}`),
    expected: INVALID_TOKEN,
  },
  {
    source: COMPACT,
    title: 'a sound token with a dot at its end',
    token: (forge) => `${sound(forge)}.`,
    expected: INVALID_TOKEN,
  },
  {
    source: COMPACT,
    title: 'a sound token with a dot before it',
    token: (forge) => `.${sound(forge)}`,
    expected: INVALID_TOKEN,
  },
  {
    source: COMPACT,
    title: 'a sound token with a fourth part',
    token: (forge) => `${sound(forge)}.e30`,
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 7516 §7.1',
    title: 'an encrypted token, of five parts',
    token: rearranged(({ payload, signature }) => {
      const header = encodeText('{"alg":"RSA-OAEP","enc":"A256GCM"}');
      return [header, signature, payload, payload, signature].join('.');
    }),
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 7515 §7.2.1',
    title: 'a sound token in the general JSON serialization',
    token: rearranged(({ header, payload, signature }) =>
      JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    ),
    expected: MISSING_TOKEN,
  },
  {
    source: 'RFC 7515 §7.2.2',
    title: 'a sound token in the flattened JSON serialization',
    token: rearranged(({ header, payload, signature }) => JSON.stringify({ payload, protected: header, signature })),
    expected: MISSING_TOKEN,
  },
  ...(['header', 'payload', 'signature'] as const).flatMap((part): TokenAttack[] => [
    {
      source: BASE64URL,
      title: `a sound token whose ${part} is padded`,
      token: rearranged((parts) => Object.values({ ...parts, [part]: `${parts[part]}=` }).join('.')),
      expected: INVALID_TOKEN,
    },
    {
      source: BASE64URL,
      title: `a sound token whose ${part} holds a plus sign of plain base64`,
      token: rearranged((parts) => Object.values({ ...parts, [part]: `${parts[part]}+` }).join('.')),
      expected: INVALID_TOKEN,
    },
    {
      source: BASE64URL,
      title: `a sound token whose ${part} holds a slash of plain base64`,
      token: rearranged((parts) => Object.values({ ...parts, [part]: `/${parts[part]}` }).join('.')),
      expected: INVALID_TOKEN,
    },
    {
      source: BASE64URL,
      title: `a sound token with a blank within its ${part}`,
      token: rearranged((parts) => {
        const text = `${parts[part].slice(0, 20)} ${parts[part].slice(20)}`;
        return Object.values({ ...parts, [part]: text }).join('.');
      }),
      expected: INVALID_TOKEN,
    },
  ]),
  {
    source: 'RFC 6750 §2.1',
    title: 'a sound token with a tab within it',
    token: rearranged(({ header, payload, signature }) => `${header}.\t${payload}.${signature}`),
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 6750 §2.1',
    title: 'a sound token whose dots are percent-encoded',
    token: (forge) => sound(forge).replaceAll('.', '%2E'),
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 6750 §2.1',
    title: 'a sound token in quotation marks',
    token: (forge) => `"${sound(forge)}"`,
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 6750 §2.1',
    title: 'a sound token with a letter beyond ASCII',
    token: (forge) => `${sound(forge)}\u00e9`,
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 6750 §2.1',
    title: 'two sound tokens behind one scheme',
    token: (forge) => `${sound(forge)} ${sound(forge)}`,
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 4648 §3.5',
    title: 'a payload with other unused bits than those that were signed',
    token: looseEnd,
    expected: UNVERIFIED,
  },
  {
    source: 'RFC 7515 §5.2',
    title: 'a signature that is cut short',
    token: (forge) => sound(forge).slice(0, -8),
    expected: UNVERIFIED,
  },
  {
    source: 'RFC 7515 §5.2',
    title: 'a signature that is longer than the key’s',
    token: (forge) => `${sound(forge)}AAAA`,
    expected: UNVERIFIED,
  },
  {
    source: 'RFC 7515 §5.2',
    title: 'a signature of nothing but zeros',
    token: rearranged(({ header, payload }) => `${header}.${payload}.${encodeText(zeros(256))}`),
    expected: UNVERIFIED,
  },
  {
    source: 'RFC 7515 §5.2',
    title: 'a header that was encoded anew after signing, with a blank in its JSON',
    token: (forge) => {
      const { payload, signature } = partsOf(sound(forge));
      const header = encodeText(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: forge.key.kid }, null, 1));
      return `${header}.${payload}.${signature}`;
    },
    expected: UNVERIFIED,
  },
  {
    source: 'RFC 7515 §5.2',
    title: 'the signature of another sound token',
    token: (forge) => {
      const { header, payload } = partsOf(sound(forge));
      return `${header}.${payload}.${partsOf(withClaims(forge, { jti: 'other' })).signature}`;
    },
    expected: UNVERIFIED,
  },
  ...['[1]', 'null', '"text"', '7', '', ' ', '{', "{'sub':'build-farm'}", '{"sub":"build-farm",}'].map(
    (payload): TokenAttack => ({
      source: JSON_TEXT,
      title: `a signed payload that is ${payload.trim() === '' ? `${payload.length} blanks` : payload} instead of an object`,
      token: (forge) => signedText(forge, payload),
      expected: INVALID_TOKEN,
    }),
  ),
  {
    source: JSON_TEXT,
    title: 'a signed payload with a second object behind it',
    token: (forge) => signedText(forge, `${JSON.stringify(forge.claims)}{}`),
    expected: INVALID_TOKEN,
  },
  {
    source: JSON_TEXT,
    title: 'a signed payload with a comment in it',
    token: (forge) => signedText(forge, claimsText(forge, '/* */"x":1')),
    expected: INVALID_TOKEN,
  },
  {
    source: JSON_TEXT,
    title: 'a signed payload with a number that is none',
    token: (forge) => signedText(forge, claimsText(forge, '"exp":NaN')),
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 8259 §8.1',
    title: 'a signed payload in UTF-16',
    token: (forge) => signedText(forge, bytes(JSON.stringify(forge.claims), 'utf16le')),
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 3629 §10',
    title: 'a subject that is right only for a reader of overlong UTF-8',
    token: (forge) => {
      const text = bytes(JSON.stringify(forge.claims).replace('build-farm', '~build-farm'));
      const at = text.indexOf('~');
      // C1 A2 is an overlong "b".
      return signedText(forge, spliced(text, at, 2, bytes('c1a2', 'hex')));
    },
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 3629 §10',
    title: 'a subject with a byte that no UTF-8 holds',
    token: (forge) => {
      const text = bytes(JSON.stringify(forge.claims).replace('build-farm', 'build-farm~'));
      text[text.indexOf('~')] = 0xff;
      return signedText(forge, text);
    },
    expected: INVALID_TOKEN,
  },
  ...['[]', 'null', '"RS256"', '{', '', '{"alg":"RS256"}{"alg":"none"}'].map((header): TokenAttack => ({
    source: 'RFC 7515 §4',
    title: `a signed header that is ${header === '' ? 'empty' : header} instead of an object`,
    token: (forge) => signedText(forge, JSON.stringify(forge.claims), header),
    expected: INVALID_TOKEN,
  })),
  {
    source: 'RFC 7519 §5.2',
    title: 'a token whose payload is a sound token',
    token: (forge) =>
      signedInput(
        forge,
        `${encodeText(`{"alg":"RS256","cty":"JWT","kid":"${forge.key.kid}"}`)}.${encodeText(sound(forge))}`,
      ),
    expected: INVALID_TOKEN,
  },
  {
    source: 'GHSA-75r6-6jg8-pfcq',
    title: 'a sound token of more than 16 KiB',
    token: (forge) => withClaims(forge, { padding: 'x'.repeat(12_300) }),
    expected: INVALID_TOKEN,
  },
  {
    source: 'GHSA-75r6-6jg8-pfcq',
    title: 'an unsigned token of more than 16 KiB, of nothing but brackets',
    token: () => `e30.${encodeText('['.repeat(13_000))}.AAAA`,
    expected: INVALID_TOKEN,
  },
  {
    source: 'GHSA-75r6-6jg8-pfcq',
    title: 'a forged token with lists nested 5,000 deep',
    token: (forge) => {
      const deep = '['.repeat(5000) + ']'.repeat(5000);
      return `${partsOf(signedText(forge, claimsText(forge, `"x":${deep}`))).header}.${encodeText(
        claimsText(forge, `"x":${deep}`),
      )}.AAAA`;
    },
    expected: UNVERIFIED,
  },
  {
    source: 'GHSA-75r6-6jg8-pfcq',
    title: 'a forged token of a thousand claims',
    token: (forge) => {
      const many = Array.from({ length: 1000 }, (_, index) => `"c${index}":1`).join(',');
      return `${partsOf(sound(forge)).header}.${encodeText(claimsText(forge, many))}.AAAA`;
    },
    expected: UNVERIFIED,
  },
];
