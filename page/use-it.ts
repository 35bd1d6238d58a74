import { policyPath } from '../src/domain/policy-location.ts';
import { isIdentity, parseScope } from '../src/domain/scope.ts';
import { CodeBlock } from './code-block.ts';
import { byId, element, fill } from './dom.ts';
import { FIRST_PROVIDER, PROVIDERS, type Example, type Provider } from './providers.ts';
import type { SharedValue } from './target.ts';

/** What stands in an example while the name in the form is none. */
const FALLBACK = { scope: 'acme/app', identity: 'deploy' };
const ORGANIZATION_POLICIES = '.github';

/** "Use it": a provider is picked, and the lines to copy stand there. */
export function showUse(host: string, scope: SharedValue, identity: SharedValue): void {
  const policy = new CodeBlock(byId('use-policy', 'div'), 'the policy');
  const workload = new CodeBlock(byId('use-job', 'div'), 'the lines for the workload');
  let provider = FIRST_PROVIDER;
  const render = (): void => {
    const example = exampleOf(host, scope.value, identity.value);
    policy.show(provider.policy(example), placeOf(example));
    workload.show(provider.workload(example), provider.where);
    byId('use-note', 'p').textContent = provider.note;
  };
  const choose = (chosen: Provider): void => {
    provider = chosen;
    render();
  };
  byId('providers', 'div').replaceChildren(...PROVIDERS.map((one) => choice(one, one === provider, choose)));
  byId('use-form', 'form').addEventListener('submit', (event) => event.preventDefault());
  scope.onChange(render);
  identity.onChange(render);
  render();
  byId('use-try', 'button').addEventListener('click', () => {
    const example = exampleOf(host, scope.value, identity.value);
    fill(byId('policy', 'textarea'), provider.policy(example));
    fill(byId('token', 'textarea'), `${JSON.stringify(provider.claims(example), null, 2)}\n`);
    byId('workbench', 'section').scrollIntoView();
    byId('policy', 'textarea').focus({ preventScroll: true });
  });
}

/** What the workbench starts with: the first provider's policy and a token that it takes. */
export function firstExample(host: string): { readonly policy: string; readonly claims: string } {
  const example = { host, ...FALLBACK };
  return {
    policy: FIRST_PROVIDER.policy(example),
    claims: `${JSON.stringify(FIRST_PROVIDER.claims(example), null, 2)}\n`,
  };
}

function choice(provider: Provider, checked: boolean, choose: (provider: Provider) => void): HTMLElement {
  const input = element('input', { type: 'radio', name: 'provider', id: `provider-${provider.id}` });
  input.checked = checked;
  input.addEventListener('change', () => choose(provider));
  return element('span', { class: 'choice' }, input, element('label', { for: input.id }, provider.name));
}

function exampleOf(host: string, scope: string, identity: string): Example {
  const isScope = parseScope(scope.trim()) !== undefined;
  return {
    host,
    scope: isScope ? scope.trim() : FALLBACK.scope,
    identity: isIdentity(identity.trim()) ? identity.trim() : FALLBACK.identity,
  };
}

function placeOf({ scope, identity }: Example): string {
  const repository = parseScope(scope)?.repository === undefined ? `${scope}/${ORGANIZATION_POLICIES}` : scope;
  return `${policyPath(identity)} in ${repository}`;
}
