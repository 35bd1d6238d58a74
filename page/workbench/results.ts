import type { ExplainedField } from '../../src/application/refusal.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { CodeBlock } from '../code-block.ts';
import { byId, element } from '../dom.ts';
import { severityClass } from './editor.ts';
import { requestLine, type Held, type Judgement, type Service } from './judgement.ts';
import type { Organization } from './organization.ts';
import { permissionWords, reachWords } from './permission-words.ts';

/** One value of a claim or a policy; the whole of it is in the fields above. */
const MAX_SHOWN = 2000;
const MAX_FINDINGS = 200;

export interface Shown {
  readonly judgement: Judgement;
  readonly service: Service;
  readonly orgRepository: string;
  readonly hasPolicy: boolean;
}

/** What the workbench came to, as a person reads it. Everything that somebody wrote becomes text, never HTML. */
export class Results {
  private readonly request = new CodeBlock(byId('request', 'div'), 'the request');
  private readonly goTo: (finding: Finding) => void;
  private readonly guide = guideUrl();

  constructor(goTo: (finding: Finding) => void) {
    this.goTo = goTo;
  }

  /** @returns the sentence that says it all */
  show({ judgement, service, orgRepository, hasPolicy }: Shown): string {
    const { policy, match, findings, place, doubts, organization, held } = judgement;
    byId('results', 'div').hidden = false;
    byId('place-faults', 'ul').replaceChildren(...place.faults.map((fault) => element('li', {}, fault)));
    const verdict = verdictOf(judgement, hasPolicy);
    const heading = byId('verdict', 'h3');
    heading.className = `verdict ${verdict.kind}`;
    heading.replaceChildren(symbol(verdict.kind), verdict.text);
    byId('verdict-notes', 'div').replaceChildren(
      ...[...doubts, ...held.map(heldText), ...verdict.notes].map((note) => element('p', { class: 'note' }, note)),
    );
    byId('organization-faults', 'ul').replaceChildren(
      ...organization.remarks.map((remark) => element('li', {}, cut(remark))),
    );
    byId('fields', 'ul').replaceChildren(...(match?.fields ?? []).map(fieldItem));
    this.showFindings(findings, hasPolicy);
    byId('grants-section', 'section').hidden = policy === undefined;
    byId('grants', 'ul').replaceChildren(
      ...(policy?.permissions.entries() ?? []).map(([name, level]) =>
        element('li', {}, `${permissionWords(name, level)} `, element('code', {}, `${name}: ${level}`)),
      ),
    );
    byId('reach', 'p').textContent =
      policy === undefined ? '' : `${reachWords(policy, place.scope, orgRepository)} For an hour.`;
    const line = policy === undefined ? undefined : requestLine(place, service);
    byId('request-section', 'section').hidden = line === undefined;
    if (line !== undefined) this.request.show(line, 'With the workload’s OIDC token');
    return verdict.text;
  }

  private showFindings(findings: readonly Finding[], hasPolicy: boolean): void {
    const items = findings.slice(0, MAX_FINDINGS).map((finding) => this.findingItem(finding));
    const nothing = element('li', { class: 'nothing' }, hasPolicy ? 'Nothing to remark.' : 'There is no policy yet.');
    byId('findings', 'ul').replaceChildren(...(items.length > 0 ? items : [nothing]));
  }

  private findingItem(finding: Finding): HTMLElement {
    const { line, severity, rule, message, advice } = finding;
    const jump = element('button', { type: 'button', class: 'line' }, `Line ${line}`);
    jump.addEventListener('click', () => this.goTo(finding));
    return element(
      'li',
      { class: severityClass(severity) },
      element('span', { class: 'severity' }, severity),
      ' ',
      jump,
      ' ',
      this.ruleName(rule),
      element(
        'p',
        {},
        cut(message),
        advice === undefined ? undefined : element('span', { class: 'advice' }, ` ${cut(advice)}`),
      ),
    );
  }

  /** Rules are the domain's own words, and each is a heading of the guide. */
  private ruleName(rule: string): HTMLElement {
    if (this.guide === undefined) return element('code', { class: 'rule' }, rule);
    return element('a', { class: 'rule', href: `${this.guide}#${encodeURIComponent(rule)}` }, rule);
  }
}

interface VerdictWords {
  readonly kind: 'yes' | 'no' | 'open';
  readonly text: string;
  readonly notes: readonly string[];
}

function verdictOf({ policy, token, match, organization, held }: Judgement, hasPolicy: boolean): VerdictWords {
  if (!hasPolicy) return { kind: 'open', text: 'No policy yet', notes: ['Paste one on the left.'] };
  if (organization.isInvalid)
    return {
      kind: 'no',
      text: 'The organization’s file is invalid',
      notes: ['Nobody in the organization gets a token until it is mended.'],
    };
  if (policy === undefined)
    return {
      kind: 'no',
      text: 'The policy is invalid',
      notes: ['Nobody gets a token by it until its errors are mended.'],
    };
  if (match === undefined) {
    const note = token.kind === 'fault' ? token.message : 'Paste a token or its claims on the right to compare.';
    return { kind: 'open', text: 'The policy is valid', notes: [note] };
  }
  if (match.matched && held.some(({ refuses }) => refuses))
    return { kind: 'no', text: 'The organization refuses the token', notes: [notChecked(organization)] };
  if (match.matched) return { kind: 'yes', text: 'The token matches', notes: [notChecked(organization)] };
  const names = match.fields.filter(({ matched }) => !matched).map(({ field }) => field);
  return { kind: 'no', text: `The token does not match: ${names.join(', ')}`, notes: [notChecked(organization)] };
}

function heldText({ sentence, refuses }: Held): string {
  return refuses ? sentence : `${sentence} It is only recorded: the file audits.`;
}

/** What the service also looks at. */
function notChecked({ allowlist, guardrails, ownerId }: Organization): string {
  const open = [
    'the token’s signature',
    ...(allowlist === undefined ? ['the organization’s list of issuers'] : []),
    ...(guardrails === undefined ? ['its guardrails'] : ownerId === undefined ? ['whose workflow it is'] : []),
  ];
  return `Not checked here: ${open.join(', ')}.`;
}

function symbol(kind: VerdictWords['kind']): HTMLElement {
  return element('span', { class: 'symbol', 'aria-hidden': 'true' }, { yes: '✓', no: '✗', open: '·' }[kind]);
}

function fieldItem({ field, expected, actual, matched, hint }: ExplainedField): HTMLElement {
  return element(
    'li',
    { class: matched ? 'yes' : 'no' },
    element(
      'p',
      { class: 'field-name' },
      symbol(matched ? 'yes' : 'no'),
      element('code', {}, cut(field)),
      matched ? ' matches' : ' does not match',
    ),
    element(
      'dl',
      {},
      element('dt', {}, 'The policy expects'),
      element('dd', {}, element('code', {}, cut(expected))),
      element('dt', {}, 'The token says'),
      element('dd', {}, actual === undefined ? 'no such claim' : element('code', {}, cut(actual))),
    ),
    hint === undefined ? undefined : element('p', { class: 'hint' }, cut(hint)),
  );
}

/** Bounded, and without characters that hide or reorder others. */
function cut(text: string): string {
  const plain = text.replace(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, '\ufffd');
  return plain.length > MAX_SHOWN ? `${plain.slice(0, MAX_SHOWN)}…` : plain;
}

/** Where the operator publishes the documentation, each rule has a section of its name. */
function guideUrl(): string | undefined {
  const link = document.getElementById('documentation');
  return link instanceof HTMLAnchorElement ? `${link.href}/policies.md` : undefined;
}
