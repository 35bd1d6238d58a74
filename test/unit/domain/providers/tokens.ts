import { claimNeverMatches } from '../../../../src/domain/lint/claim-never-matches.ts';
import { claimUnknown } from '../../../../src/domain/lint/claim-unknown.ts';
import type { Beside, Provider } from '../../../../src/domain/providers/provider.ts';
import { claim, doubts } from '../lint/linting.ts';

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

/** The claim that the linter names in place of one that the issuer's tokens don't have. */
export function claimMeant(issuer: string, name: string): string | undefined {
  const [{ repair, advice } = { repair: undefined, advice: '' }] = doubts(claimUnknown, {
    issuer,
    claimPatterns: claim(name, 'x'),
  });
  if (advice.includes('the subject says it already')) return 'sub';
  return repair?.key ?? /^.+ has it\. Here (\S+) says the like/.exec(advice)?.[1];
}

/** What the linter writes in place of a claim's text that the issuer's tokens never have. */
export function textMeant(issuer: string, name: string, text: string): string | undefined {
  return doubts(claimNeverMatches, { issuer, claimPatterns: claim(name, text) })[0]?.repair?.value;
}
