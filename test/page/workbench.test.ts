import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { workbenchFragment } from '../../src/domain/workbench-link.ts';
import { PageStack } from './browser.ts';

const POLICY = `issuer: https://token.actions.githubusercontent.com
subject: repo:acme/app:ref:refs/heads/main
permissions:
  contents: write
`;
const CLAIMS = {
  iss: 'https://token.actions.githubusercontent.com',
  sub: 'repo:acme/app:ref:refs/heads/main',
  repository_id: '456789',
  ref: 'refs/heads/main',
};

let stack: PageStack;

beforeAll(async () => {
  stack = await PageStack.start();
});

afterEach(() => stack.closePages());

afterAll(() => stack.close());

function claims(change: object = {}): string {
  return JSON.stringify({ ...CLAIMS, aud: new URL(stack.origin).host, ...change }, null, 2);
}

function jwt(payload: string): string {
  const parts = ['{"alg":"RS256","typ":"JWT"}', payload, 'a signature that nobody checks'];
  return parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
}

/** What stands there once the workbench has judged. */
async function verdict(page: Page, text: string | RegExp): Promise<void> {
  await page.locator('#verdict').filter({ hasText: text }).waitFor();
}

/** Waits until what the page shows is about what stands in its fields. */
async function judged(page: Page): Promise<void> {
  await page.locator('#results:not([aria-busy=true])').waitFor();
}

async function compare(page: Page, policy: string, token: string): Promise<void> {
  await page.locator('#policy').fill(policy);
  await page.locator('#token').fill(token);
  await judged(page);
}

describe('the workbench', () => {
  it('shows at once, while somebody types, whether each field matches', async () => {
    const { page } = await stack.open();
    await compare(page, POLICY, claims());
    await verdict(page, 'The token matches');
    await page.locator('#token').fill(claims({ sub: 'repo:acme/app:pull_request' }));
    await verdict(page, 'The token does not match: subject');
    const subject = page.locator('#fields > li.no');
    expect(await subject.innerText()).toMatch(
      /subject does not match\s+The policy expects\s+repo:acme\/app:ref:refs\/heads\/main\s+The token says\s+repo:acme\/app:pull_request/,
    );
    expect(await subject.locator('.hint').innerText()).toContain("pull request's run");
  });

  it('decodes a token', async () => {
    const { page } = await stack.open();
    await compare(page, POLICY, `Bearer ${jwt(claims())}`);
    await page.locator('#token-state', { hasText: 'A token, decoded here and sent nowhere' }).waitFor();
    await verdict(page, 'The token matches');
  });

  it('lists what the linter says at its line, and leads there', async () => {
    const { page } = await stack.open();
    await compare(page, POLICY.replace('contents: write', 'content: write'), claims());
    await verdict(page, 'The policy is invalid');
    const finding = page.locator('#findings > li.error');
    expect(await finding.innerText()).toMatch(/^error\s+Line 4\s+permission-unknown/);
    expect(await page.locator('#policy-gutter .mark.error').innerText()).toBe('4');
    expect(await page.locator('#policy').getAttribute('aria-invalid')).toBe('true');
    await finding.getByRole('button', { name: 'Line 4' }).click();
    expect(await page.evaluate('[document.activeElement.id, document.activeElement.selectionStart]')).toEqual([
      'policy',
      POLICY.indexOf('contents'),
    ]);
  });

  it('says in words what is granted and where, and how to ask for it', async () => {
    const { page } = await stack.open();
    await page.locator('#scope').fill('octo/spoon');
    await page.locator('#identity').fill('fork');
    await compare(page, POLICY, claims());
    await page.locator('#reach', { hasText: 'On octo/spoon alone.' }).waitFor();
    expect(await page.locator('#grants').innerText()).toContain('Read and change files, commits');
    expect(await page.locator('#request code').innerText()).toContain(
      `${stack.origin}/sts/exchange?scope=octo/spoon&identity=fork`,
    );
  });

  it('says that what stands there is no token, and what it is instead', async () => {
    const { page } = await stack.open();
    await compare(page, POLICY, `ghs_${'a'.repeat(36)}`);
    await page.locator('#token-state', { hasText: 'This is a GitHub token' }).waitFor();
    await verdict(page, 'The policy is valid');
  });

  it('tells a screen reader the verdict once, after a pause', async () => {
    const { page } = await stack.open();
    await page.evaluate(`
      window.told = [];
      new MutationObserver(() => told.push(document.getElementById('live').textContent))
        .observe(document.getElementById('live'), { childList: true });
    `);
    await compare(page, POLICY, '');
    await page.locator('#token').pressSequentially(claims().replaceAll(/\s/g, ''));
    await page.locator('#live', { hasText: 'The token matches' }).waitFor({ state: 'attached' });
    const told = await page.evaluate<string[]>('told');
    expect(told.filter((text) => text === 'The token matches')).toHaveLength(1);
    expect(told.length).toBeLessThan(5);
  });
});

describe('the policy from a token', () => {
  it('is tight, is loosened field by field, and takes the token', async () => {
    const { page } = await stack.open();
    await compare(page, '', claims());
    await page.locator('#open-draft').click();
    const draft = page.locator('#draft-policy code');
    expect(await draft.innerText()).toContain("repository_id: '456789'");
    await page.getByLabel('claim_pattern.repository_id').selectOption('not checked');
    expect(await draft.innerText()).not.toContain('repository_id');
    await page.getByRole('button', { name: 'Put it into the policy' }).click();
    await verdict(page, 'The token matches');
    expect(await page.locator('#policy').inputValue()).toBe(await draft.innerText());
  });

  it('keeps what was chosen while the policy is changed', async () => {
    const { page } = await stack.open();
    await compare(page, POLICY, claims());
    await page.locator('#open-draft').click();
    await page.getByLabel('claim_pattern.ref').selectOption('not checked');
    await page.locator('#policy').fill(`${POLICY}# more`);
    await judged(page);
    expect(await page.locator('#draft-policy code').innerText()).not.toContain('ref:  refs');
    expect(await page.getByLabel('claim_pattern.ref').inputValue()).not.toBe('0');
  });
});

describe('examples of use', () => {
  it('are made for the provider, the repository and the policy that are chosen', async () => {
    const { page } = await stack.open();
    await page.getByLabel('GitLab').check();
    await page.locator('#use-scope').fill('octo/spoon');
    const [policy, workload] = [page.locator('#use-policy'), page.locator('#use-job code')];
    expect(await policy.innerText()).toContain('.github/chainguard/deploy.sts.yaml in octo/spoon');
    expect(await workload.innerText()).toContain(`https://${new URL(stack.origin).host}/sts/exchange?scope=octo/spoon`);
    await page.locator('#use-try').click();
    await verdict(page, 'The token matches');
    expect(await page.locator('#policy').inputValue()).toContain('issuer: https://gitlab.com');
  });

  it('are copied', async () => {
    const { page } = await stack.open();
    await page.locator('#use-policy').getByRole('button', { name: 'Copy the policy' }).click();
    await page.locator('#use-policy [role=status]', { hasText: 'Copied' }).waitFor({ state: 'attached' });
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toBe(await page.locator('#use-policy code').innerText());
  });
});

describe('a link', () => {
  it('carries the policy, and neither token nor claims', async () => {
    const { page } = await stack.open();
    await compare(page, POLICY, claims());
    await page.locator('#copy-link').click();
    await page.locator('#link-state', { hasText: 'Copied' }).waitFor();
    const link = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(link).toBe(
      `${stack.origin}/${workbenchFragment({ policy: POLICY, scope: 'acme/app', identity: 'deploy' }) ?? ''}`,
    );
    expect(link).not.toContain('456789');
    expect(page.url()).toBe(`${stack.origin}/`);
    const { page: other } = await stack.open({ fragment: new URL(link).hash });
    expect(await other.locator('#policy').inputValue()).toBe(POLICY);
    expect(await other.locator('#token').inputValue()).toBe('');
    await verdict(other, 'The policy is valid');
  });

  it('is refused where a token stands in the policy', async () => {
    const { page } = await stack.open();
    await page.locator('#policy').fill(`# ${jwt(claims())}\n${POLICY}`);
    await page.locator('#copy-link').click();
    await page.locator('#link-state', { hasText: 'No link' }).waitFor();
  });

  it('that is followed while the page is open counts too, and leaves a token where it is', async () => {
    const { page } = await stack.open();
    await page.locator('#token').fill(claims());
    const policy = POLICY.replace('refs/heads/main', 'refs/heads/other');
    await page.evaluate(`location.hash = ${JSON.stringify(workbenchFragment({ policy }))}`);
    await verdict(page, 'The token does not match: subject');
    expect(await page.locator('#token').inputValue()).toBe(claims());
  });
});

describe('by keyboard alone', () => {
  it('a provider is chosen, the editors are reached and left, and a finding leads to its line', async () => {
    const { page } = await stack.open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the workbench');
    await page.locator('#use-identity').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#use-policy code').innerText()).toContain('gitlab.com');
    await page.locator('#policy').fill(POLICY.replace('contents', 'content'));
    await page.locator('#findings').getByRole('button', { name: 'Line 4' }).waitFor();
    await page.locator('#policy').focus();
    const passed: unknown[] = [];
    for (let steps = 0; steps < 8 && passed.at(-1) !== 'Line 4'; steps += 1) {
      await page.keyboard.press('Tab');
      passed.push(await page.evaluate('document.activeElement.id || document.activeElement.textContent'));
    }
    expect(passed).toEqual(expect.arrayContaining(['token', 'Line 4']));
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('policy');
  });
});

describe('whatever anybody wrote', () => {
  const MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

  it.each([
    ['markup as a policy', `#policy=${encodeURIComponent(MARKUP)}`],
    [
      'markup in every field',
      `#policy=${encodeURIComponent(`issuer: '${MARKUP}'\nsubject: '${MARKUP}'\n'${MARKUP}': x\npermissions: { '${MARKUP}': '${MARKUP}' }`)}`,
    ],
    ['an address as a name', '#scope=javascript:alert(1)&identity=javascript:alert(2)'],
    ['broken escapes', '#policy=%E0%A4%A&scope=%'],
    ['a token and claims', `#token=${encodeURIComponent('eyJhbGciOiJub25lIn0.e30.')}&claims=%7B%22sub%22%3A%22x%22%7D`],
    ['a prototype', '#__proto__=x&constructor=y&policy=__proto__:%20x'],
    ['a policy of 190,000 characters', `#policy=${'a'.repeat(190_000)}`],
    ['a fragment of a million characters', `#policy=${'a'.repeat(1_000_000)}`],
    ['nesting', `#policy=${encodeURIComponent('['.repeat(20_000))}`],
    [
      'aliases that double',
      `#policy=${encodeURIComponent(`a: &a [x]\n${Array.from({ length: 30 }, (_, n) => `b${n}: &b${n} [*a, *a]`).join('\n')}`)}`,
    ],
    [
      'a pattern that would hang other engines',
      `#policy=${encodeURIComponent(`${POLICY}claim_pattern:\n  ref: '(a+)+(b|a*)*$'\n`)}`,
    ],
  ])('in a fragment stays text, and is judged to the end: %s', async (_, fragment) => {
    const { page, requests, complaints } = await stack.open({ fragment });
    await page.locator('#token').fill(claims({ ref: 'a'.repeat(900) }));
    await judged(page);
    await verdict(page, /\w/);
    await page.locator('#identity').fill('other');
    await judged(page);
    expect(complaints).toEqual([]);
    expect(await page.locator('#workbench img, #workbench script, #workbench iframe').count()).toBe(0);
    expect(requests.filter((request) => !request.startsWith(`GET ${stack.origin}/`))).toEqual([]);
    expect(new URL(page.url()).origin).toBe(stack.origin);
  });

  it('in a token stays text too', async () => {
    const { page, complaints } = await stack.open();
    await compare(page, POLICY, jwt(claims({ sub: MARKUP, [MARKUP]: MARKUP, ref: '\u202e\u0000' })));
    await verdict(page, 'The token does not match: subject');
    await page.locator('#open-draft').click();
    expect(await page.locator('#fields > li.no').innerText()).toContain(MARKUP);
    expect(await page.locator('#workbench img, #workbench script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
