import { readWorkbenchFragment } from '../src/domain/workbench-link.ts';
import { byId, fill } from './dom.ts';
import { isLocal } from './local.ts';
import { SharedValue } from './target.ts';
import { firstExample, showUse } from './use-it.ts';

const host = location.host;
const scope = new SharedValue(byId('use-scope', 'input'), byId('scope', 'input'));
const identity = new SharedValue(byId('use-identity', 'input'), byId('identity', 'input'));
const example = firstExample(host);

byId('host', 'code').textContent = host;
showUse(host, scope, identity);
startWorkbench();
addEventListener('hashchange', () => takeFragment());
// The domain is eight times as large as all of this, and the first view does not need it.
addEventListener('load', () => void loadWorkbench());

function startWorkbench(): void {
  byId('audience', 'input').value = host;
  if (takeFragment()) return;
  byId('policy', 'textarea').value = example.policy;
  byId('token', 'textarea').value = example.claims;
}

/** @returns whether the fragment, which anybody may have written, holds something for the workbench */
function takeFragment(): boolean {
  const contents = readWorkbenchFragment(location.hash, isLocal(location.hostname));
  if (Object.keys(contents).length === 0) return false;
  if (contents.scope !== undefined) scope.set(contents.scope);
  if (contents.identity !== undefined) identity.set(contents.identity);
  if (contents.github !== undefined) {
    // What decides about the policy is not to stand where nobody looks.
    fill(byId('github', 'input'), contents.github);
    byId('settings', 'details').open = true;
  }
  // A policy from a link stands alone: the example's claims have nothing to do with it.
  const [policy, token] = [byId('policy', 'textarea'), byId('token', 'textarea')];
  fill(policy, contents.policy ?? '');
  if (token.value === example.claims) fill(token, '');
  byId('workbench', 'section').scrollIntoView();
  return true;
}

async function loadWorkbench(): Promise<void> {
  const loading = byId('loading', 'p');
  try {
    const { startJudging } = await import('./workbench/workbench.ts');
    startJudging({ scope, identity });
    loading.hidden = true;
  } catch {
    loading.textContent = 'The workbench could not be loaded. Reload the page to try again.';
  }
}
