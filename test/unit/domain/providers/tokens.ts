import type { Beside, Provider } from '../../../../src/domain/providers/provider.ts';

/** Claims of a real token, as the provider documents it. */
export type Sample = Readonly<Record<string, string>>;

/** The issuer, subject and claims of a token that a provider's table does not know as its own. */
export function strangers(provider: Provider, { iss = '', sub = '', ...claims }: Sample): readonly string[] {
  const unknown = Object.entries(claims).filter(([name, text]) => {
    const isPrefixed = provider.claimPrefixes?.some((prefix) => name.startsWith(prefix)) === true;
    return !isPrefixed && provider.claims.get(name)?.holds(text) !== true;
  });
  return [
    ...(provider.issuer.holds(iss) ? [] : [`iss ${iss}`]),
    ...(provider.subject.holds(sub) ? [] : [`sub ${sub}`]),
    ...unknown.map(([name, text]) => `${name} ${text}`),
  ];
}

/** What a provider would write in place of a subject, the first that it knows as its own. */
export function mended(provider: Provider, text: string): string | undefined {
  const forms = provider.usualSubject ?? provider.subject;
  return provider.mendSubject(text).find(({ by, text: one }) => by === 'pattern' || forms.holds(one))?.text;
}

/** A claim in a policy that says nothing else. */
export const ALONE: Beside = { issuer: undefined, subject: undefined };
