import { GITHUB_COM, workbenchFragment, type WorkbenchContents } from '../../src/domain/workbench-link.ts';
import { copyText } from '../code-block.ts';
import { byId } from '../dom.ts';
import { isLocal } from '../local.ts';
import type { SharedValue } from '../target.ts';
import { DraftView } from './draft-view.ts';
import { Editor } from './editor.ts';
import { judge, serviceAudiences, type Judgement, type Service } from './judgement.ts';
import { Results } from './results.ts';

/** Shorter than a person notices, longer than between two events of one key. */
const JUDGE_AFTER_MS = 50;
/** A screen reader is told once somebody pauses, not at every letter. */
const SAY_AFTER_MS = 900;

export interface Target {
  readonly scope: SharedValue;
  readonly identity: SharedValue;
}

/** Judges what stands in the workbench, now and at every change. */
export function startJudging({ scope, identity }: Target): void {
  const policy = new Editor(byId('policy', 'textarea'), byId('policy-gutter', 'div'));
  const token = new Editor(byId('token', 'textarea'), byId('token-gutter', 'div'));
  const results = new Results(({ line, column }) => policy.goTo(line, column));
  const draft = new DraftView();
  const say = announcer();
  const render = (): void => {
    const service = serviceHere();
    const orgRepository = byId('policy-repository', 'input').value.trim();
    const question = {
      policy: policy.text,
      token: token.text,
      scope: scope.value,
      identity: identity.value,
      github: byId('github', 'input').value,
      policyRepository: orgRepository,
      allowlist: byId('allowlist', 'textarea').value,
      guardrails: byId('guardrails', 'textarea').value,
      ownerId: byId('owner-id', 'input').value,
    };
    const judgement = judge(question, service, Date.now() / 1000);
    policy.mark(judgement.findings);
    showStates(judgement, question.policy);
    draft.show(judgement.token.kind === 'read' ? judgement.token.claims : undefined, serviceAudiences(service));
    say(results.show({ judgement, service, orgRepository, hasPolicy: question.policy.trim() !== '' }));
  };
  const panel = byId('results', 'div');
  const judgeSoon = delayed(() => {
    render();
    panel.ariaBusy = 'false';
  }, JUDGE_AFTER_MS);
  // What stands there is about the text of before until then.
  const later = (): void => {
    panel.ariaBusy = 'true';
    judgeSoon();
  };
  for (const id of ['policy', 'token', 'allowlist', 'guardrails'] as const)
    byId(id, 'textarea').addEventListener('input', later);
  for (const id of ['audience', 'github', 'policy-repository', 'owner-id'])
    byId(id, 'input').addEventListener('input', later);
  scope.onChange(later);
  identity.onChange(later);
  byId('bench-form', 'form').addEventListener('submit', (event) => event.preventDefault());
  byId('copy-link', 'button').addEventListener('click', () => {
    const github = byId('github', 'input').value.trim();
    const contents = { policy: policy.text, scope: scope.value.trim(), identity: identity.value.trim() };
    void copyLink(github === GITHUB_COM ? contents : { ...contents, github });
  });
  render();
}

function serviceHere(): Service {
  const host = byId('audience', 'input').value.trim() || location.host;
  return { host, origin: location.origin, isLocal: isLocal(location.hostname) };
}

function showStates({ findings, token }: Judgement, policy: string): void {
  const severities = [...new Set(findings.map(({ severity }) => severity))];
  const counts = severities.map((severity) =>
    counted(findings.filter((one) => one.severity === severity).length, severity),
  );
  byId('policy-state', 'p').textContent =
    policy.trim() === '' ? '' : counts.length === 0 ? 'Valid, nothing to remark' : counts.join(', ');
  byId('token-state', 'p').textContent = tokenState(token);
}

function tokenState(token: Judgement['token']): string {
  switch (token.kind) {
    case 'empty':
      return '';
    case 'fault':
      return token.message;
    case 'read':
      return token.source === 'token' ? 'A token, decoded here and sent nowhere' : 'Claims, read here and sent nowhere';
  }
}

/** Into the clipboard. The address bar stays as it is, so that no history keeps a policy that was only typed. */
async function copyLink(contents: WorkbenchContents) {
  const state = byId('link-state', 'p');
  const fragment = workbenchFragment(contents);
  if (fragment === undefined) {
    state.textContent = 'No link: the policy is too long for one, or a token stands in it.';
    return;
  }
  const link = `${location.origin}/${fragment}`;
  const isCopied = await copyText(link);
  state.textContent = isCopied ? 'Copied. The link holds the policy, and neither token nor claims.' : link;
}

function announcer(): (sentence: string) => void {
  const live = byId('live', 'p');
  let sentence = '';
  const speak = delayed(() => {
    if (live.textContent !== sentence) live.textContent = sentence;
  }, SAY_AFTER_MS);
  return (next) => {
    sentence = next;
    speak();
  };
}

function delayed(work: () => void, milliseconds: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
