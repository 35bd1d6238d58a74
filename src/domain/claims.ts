/** A JSON value, as a token's payload holds it (RFC 7519 §4). */
export type ClaimValue =
  string | number | boolean | null | readonly ClaimValue[] | { readonly [name: string]: ClaimValue };
export type RawClaims = Readonly<Record<string, ClaimValue>>;

const MAX_SUBJECT_CODE_POINTS = 1000;
// eslint-disable-next-line no-control-regex -- control characters are what it refuses
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * The claims of a token whose signature and times have been verified. Only the token's own claims count:
 * a name such as `constructor` finds nothing that JavaScript brought along.
 */
export class Claims {
  readonly issuer: string;

  constructor(private readonly raw: RawClaims) {
    this.issuer = typeof raw.iss === 'string' ? raw.iss : '';
  }

  get(name: string): ClaimValue | undefined {
    return Object.hasOwn(this.raw, name) ? this.raw[name] : undefined;
  }

  /** The claim if it is a string: GitHub writes its numeric ids as strings too. */
  text(name: string): string | undefined {
    const value = this.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  names(): readonly string[] {
    return Object.keys(this.raw);
  }

  /** `sub`, if a policy can match it: 1 to 1,000 code points, no control characters. */
  get subject(): string | undefined {
    const subject = this.text('sub');
    return subject !== undefined && isUsableSubject(subject) ? subject : undefined;
  }

  /**
   * How long the token is valid in all: `exp` − `iat`, without `iat` from now on. Nothing where `exp` is no number.
   *
   * @param nowSeconds since the epoch
   */
  lifetimeSeconds(nowSeconds: number): number | undefined {
    const expiry = this.get('exp');
    const issued = this.get('iat') ?? nowSeconds;
    return typeof expiry === 'number' && typeof issued === 'number' ? expiry - issued : undefined;
  }

  /** `aud` as a list (RFC 7519 §4.1.3: one string, or several). */
  get audiences(): readonly string[] {
    const audience = this.get('aud');
    if (typeof audience === 'string') return [audience];
    return Array.isArray(audience) ? audience.filter((one): one is string => typeof one === 'string') : [];
  }
}

/**
 * The texts that a pattern is tried on. Integers outside ±(2^53−1) have already lost digits, so no number
 * outside that range ever matches; objects and null never do.
 */
export function claimTexts(value: ClaimValue | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((element: ClaimValue) => scalarText(element) ?? []);
  return value === undefined ? [] : (scalarText(value) ?? []);
}

function scalarText(value: ClaimValue): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  if (typeof value === 'boolean') return [String(value)];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return [String(value)];
  return undefined;
}

function isUsableSubject(subject: string): boolean {
  if (subject === '' || CONTROL.test(subject)) return false;
  return codePoints(subject) <= MAX_SUBJECT_CODE_POINTS;
}

function codePoints(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; count++) index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  return count;
}
