/** What docs/policies.md says about one rule. */
export interface RuleText {
  readonly summary: string;
  readonly plain: string;
  readonly markdown: string;
}

const FINDINGS_HEADING = '\n# Findings\n';

/** The sections of docs/policies.md, by the rules that they explain (`findingFragment`). */
export function ruleTexts(guide: string): ReadonlyMap<string, RuleText> {
  const [, findings = ''] = guide.split(FINDINGS_HEADING);
  const sections = findings.matchAll(/^### (\S+)\n([\s\S]*?)(?=^#|$(?![\s\S]))/gm);
  return new Map([...sections].map(([, rule = '', text = '']) => [rule, ruleText(text.trim())]));
}

/** Links are left out of both forms: most lead to places in the guide, which nobody reaches from elsewhere. */
export function ruleText(section: string): RuleText {
  const markdown = section.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  const plain = markdown
    .replaceAll(/(`+)(.+?)\1(?!`)/gs, (_, fence: string, code: string) => (fence.length > 1 ? code.trim() : code))
    .replaceAll('**', '')
    .replaceAll(/\s+/g, ' ');
  const [summary = plain] = /^.*?[.!?](?= [A-Z]|$)/.exec(plain) ?? [];
  return { summary, plain, markdown };
}
