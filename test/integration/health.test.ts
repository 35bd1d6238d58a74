import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { version } from '../../package.json';
import { publishedSchema } from '../support/event-schemas.ts';
import type { Answer } from '../support/local-stack.ts';
import { LocalStack } from '../support/local-stack.ts';
import { doctor, ills, reportAbout, scratchFile } from './doctor-run.ts';
import { FAULTS, faultTable, makeSound, SOUND } from './health-faults.ts';

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start(SOUND);
});

afterAll(async () => {
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

function health(): Promise<Answer> {
  return stack.send({ path: '/healthz' });
}

function checks(answer: Answer): Readonly<Record<string, string>> {
  return (answer.json.checks ?? {}) as Readonly<Record<string, string>>;
}

function failing(answer: Answer): string[] {
  return Object.entries(checks(answer)).flatMap(([name, state]) => (state === 'failing' ? [name] : []));
}

/** What the operator's report says. */
async function rules(): Promise<string[]> {
  const text = (await stack.worker.kvEntries()).get('health|report') ?? '{"value":{"subjects":[]}}';
  const { value } = JSON.parse(text) as {
    value: { subjects: { findings: { rule: string; severity: string }[] }[] };
  };
  const findings = value.subjects.flatMap((one) => one.findings);
  return findings.filter(({ severity }) => severity === 'failing').map(({ rule }) => rule);
}

describe('a sound deployment', () => {
  beforeAll(() => makeSound(stack));

  it('is ok before anything is known', async () => {
    const answer = await health();
    expect([answer.status, answer.json.status]).toEqual([200, 'ok']);
    expect(answer.json).toEqual({
      status: 'ok',
      checks: { configuration: 'ok', app_credentials: 'unknown', github: 'unknown', store: 'ok', webhook: 'unknown' },
      checked_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  it('is ok as soon as an exchange and a delivery have shown it', async () => {
    expect((await stack.exchange()).status).toBe(200);
    stack.emulator.world.commit('acme/app', { 'README.md': 'a push\n' });
    await stack.emulator.webhooks.settled();
    expect((await health()).json).toMatchObject({
      status: 'ok',
      checks: { configuration: 'ok', app_credentials: 'ok', github: 'ok', store: 'ok', webhook: 'ok' },
    });
  });

  it('raises no alarm in the scheduled check, and costs it four requests', async () => {
    await stack.worker.settled();
    stack.resetCounters();
    await stack.worker.runScheduled();
    await stack.worker.runScheduled();
    expect(stack.emulator.requests.map(({ path }) => path).slice(0, 4)).toEqual([
      '/app',
      '/app/hook/config',
      '/app/hook/deliveries',
      '/users/acme/installation',
    ]);
    expect([stack.emulator.count(), stack.issuerRequests()]).toEqual([8, 0]);
    expect(await rules()).toEqual([]);
    expect(stack.worker.logged('health')).toEqual([]);
    expect(stack.worker.logged('health_check')).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
    expect((await health()).json).toMatchObject({ status: 'ok' });
  });

  it('is found well by the doctor, report included', async () => {
    const stored = (await stack.worker.kvEntries()).get('health|report') ?? '';
    const report = scratchFile('report.json', reportAbout(stack.worker.url, stored));
    const diagnosis = await doctor([stack.worker.url, '--json', '--report', report]);
    expect([diagnosis.code, ills(diagnosis)]).toEqual([0, []]);
  });

  it.each(['GET', 'HEAD'])('is asked a thousand times by %s without a request to anyone', async (method) => {
    stack.resetCounters();
    for (let round = 0; round < 50; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => stack.send({ method, path: round % 2 === 0 ? '/healthz' : '/healthcheck' })),
      );
      expect(answers.every(({ status }) => status === 200)).toBe(true);
    }
    expect([stack.emulator.count(), stack.issuerRequests()]).toEqual([0, 0]);
  });

  it('tells names and states only', async () => {
    const { text } = await health();
    for (const secret of ['acme', 'sts.example.com', '127.0.0.1', '424242', 'installation'])
      expect(text).not.toContain(secret);
  });
});

describe('what strangers, tenants and authors of policies do', () => {
  beforeAll(async () => {
    await stack.restart(SOUND);
    await makeSound(stack);
    await stack.exchange();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a forged token', () => stack.exchange({ token: stack.actionsToken().replace(/\.[^.]+$/, '.AAAA') })],
    ['no token at all', () => stack.exchange({ token: 'nonsense' })],
    ['an invented owner', () => stack.exchangeFor('nobody-of-that-name/app', 'deploy')],
    [
      'a made-up GitHub token to revoke',
      () => stack.send({ method: 'POST', path: '/sts/revoke', token: 'ghs_madeup' }),
    ],
    [
      'a made-up GitHub token on which GitHub closes the connection',
      async () => {
        const match = { method: 'DELETE', path: '/installation/token' };
        const heal = stack.emulator.faults.add({ kind: 'reset', when: 'before-headers', match });
        await stack.send({ method: 'POST', path: '/sts/revoke', token: `ghs_${'x'.repeat(8000)}` });
        heal();
      },
    ],
    ['an unsigned webhook', () => stack.send({ method: 'POST', path: '/webhook', body: '{}' })],
    [
      'a policy with permissions that the installation lacks',
      async () => {
        const { actionsIssuer, world } = stack.emulator;
        const policy = `issuer: ${actionsIssuer.issuer}\nsubject: repo:acme/infra:ref:refs/heads/trunk\npermissions: { secrets: write }\n`;
        world.commit('acme/app', { '.github/chainguard/greedy.sts.yaml': policy });
        await stack.emulator.webhooks.settled();
        const answer = await stack.exchangeFor('acme/app', 'greedy');
        expect(answer.status).toBe(403);
      },
    ],
    [
      'a policy whose issuer is down',
      async () => {
        stack.issuer.addFault({ kind: 'status', status: 503 });
        const token = stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' });
        const answer = await stack.exchangeFor('acme/app', 'build-farm', token);
        expect(answer.status).toBe(502);
        stack.issuer.clearFaults();
      },
    ],
    [
      'an organization of their own that suspends the App',
      async () => {
        const policyFiles = { '.github/chainguard/x.sts.yaml': policyOfActions() };
        const installation = stack.addOwner('stranger', { policyFiles });
        expect((await stack.exchangeFor('stranger', 'x')).status).toBe(200);
        await stack.worker.settled();
        if (installation !== undefined) installation.suspendedAt = stack.emulator.clock.seconds();
      },
    ],
    [
      'a mint that GitHub fails on, again and again',
      async () => {
        const match = { operation: 'apps/create-installation-access-token' };
        const heal = stack.emulator.faults.add({ kind: 'respond', status: 502, match });
        for (let attempt = 0; attempt < 5; attempt += 1) await stack.exchange();
        heal();
      },
    ],
  ])('%s changes nothing', async (_, act) => {
    await act();
    await stack.worker.settled();
    expect((await health()).json).toMatchObject({ status: 'ok' });
    await stack.worker.runScheduled();
    expect((await health()).json).toMatchObject({ status: 'ok' });
    expect(stack.worker.logged('health')).toEqual([]);
  });
});

describe.each(FAULTS)('a deployment with $name', (fault) => {
  const isHealthEvent = publishedSchema('health-event');
  let exchanged: Answer;
  let told: Answer;

  beforeAll(async () => {
    await stack.restart(SOUND);
    await makeSound(stack);
    // What was well before the fault came is no news; and the newest delivery got through.
    stack.emulator.world.commit('acme/app', { 'README.md': `${fault.name}\n` });
    await stack.emulator.webhooks.settled();
    await stack.exchange();
    await stack.worker.settled();
    if (fault.options !== undefined) {
      await stack.restart(fault.options);
      await makeSound(stack);
    }
    await fault.act?.(stack);
    await stack.worker.runScheduled();
    told = await health();
    exchanged = await stack.exchange();
  });

  it('is told by healthz as it is', () => {
    expect({ http: told.status, status: told.json.status, failing: failing(told) }).toEqual({
      http: fault.status === 'failing' || fault.status === 'misconfigured' ? 503 : 200,
      status: fault.status,
      failing: fault.failing,
    });
  });

  it('is named in the report, with how to mend it, and nothing beside it', async () => {
    expect(await rules()).toEqual(fault.rules);
  });

  it('is named in the log', () => {
    if (fault.status === 'misconfigured') {
      expect(stack.worker.logged('misconfigured')).toMatchObject([
        { faults: [{ setting: 'OCTO_STS_KV' }] },
        { faults: [{ setting: 'OCTO_STS_KV' }] },
      ]);
      return;
    }
    const events = stack.worker.logged('health');
    expect(events.map(({ check }) => check).toSorted()).toEqual([...fault.failing].toSorted());
    for (const { level: _level, event: _event, ...data } of events) {
      expect([isHealthEvent(data), isHealthEvent.errors]).toEqual([true, null]);
    }
  });

  it('is named by the doctor, with how to mend it', async () => {
    const stored = (await stack.worker.kvEntries()).get('health|report');
    const { url } = stack.worker;
    const report = stored === undefined ? [] : ['--report', scratchFile('report.json', reportAbout(url, stored))];
    const diagnosis = await doctor([url, '--json', ...report]);
    expect([diagnosis.code, ills(diagnosis)]).toEqual([1, fault.doctor]);
    const [first] = diagnosis.findings.filter(({ verdict }) => verdict === 'ill');
    expect(first?.remedy).toMatch(/\w+/);
  });

  it(`lets exchanges ${fault.exchanges ? 'go on' : 'fail'}`, () => {
    expect(exchanged.status === 200).toBe(fault.exchanges);
  });
});

describe('docs/health.md', () => {
  it('shows the faults as they are tried here', () => {
    const path = join(import.meta.dirname, '../../docs/health.md');
    const text = readFileSync(path, 'utf8');
    const table = `<!-- faults -->\n\n${faultTable()}\n\n<!-- /faults -->`;
    const written = text.replace(/<!-- faults -->[^]*<!-- \/faults -->/, table);
    if (process.env.UPDATE_DOCUMENTS !== undefined) writeFileSync(path, written);
    expect(text).toBe(written);
  });
});

describe('a deployment with the wrong domain', () => {
  const ELSEWHERE = 'https://other.example.com';
  // GitHub's own address, which nothing here asks anything of: the switch for local development would hide the host.
  const wrong = {
    worker: { address: ELSEWHERE },
    bindings: () => ({ ALLOW_LOOPBACK_HTTP: undefined, GITHUB_BASE_URL: undefined }),
  };

  beforeAll(() => stack.restart(wrong));

  it('is told by healthz, the log and the doctor', async () => {
    const answer = await health();
    expect([answer.status, answer.json.status, failing(answer)]).toEqual([200, 'degraded', ['host']]);
    const refused = await stack.send({ path: '/sts/exchange' });
    expect(refused.status).toBe(421);
    await stack.worker.settled();
    expect(stack.worker.logged('request')).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        status: 421,
        refusal: expect.objectContaining({ kind: 'misdirected' }),
      }),
    );
    const diagnosis = await doctor([stack.worker.url, '--json']);
    expect([diagnosis.code, ills(diagnosis)]).toEqual([1, ['host']]);
    expect(diagnosis.findings.find(({ what }) => what === 'host')?.sentence).toContain(ELSEWHERE);
  });
});

describe('a deployment of an old version', () => {
  it('is told by the doctor, which has the newer one', async () => {
    await stack.restart(SOUND);
    await makeSound(stack);
    await stack.worker.runScheduled();
    const stored = (await stack.worker.kvEntries()).get('health|report') ?? '';
    expect(stored).toContain(`"version":"${version}"`);
    const older = reportAbout(stack.worker.url, stored).replace(`"version":"${version}"`, '"version":"0.0.1"');
    const diagnosis = await doctor([stack.worker.url, '--json', '--report', scratchFile('report.json', older)]);
    expect(ills(diagnosis)).toEqual(['version']);
  });
});

describe('a credential that GitHub no longer accepts', () => {
  it('is told at once, by the first mint that it refuses, without the scheduled check', async () => {
    await stack.restart(SOUND);
    await makeSound(stack);
    expect((await stack.exchange()).status).toBe(200);
    const refused = {
      kind: 'respond',
      status: 401,
      body: { message: 'A JSON web token could not be decoded' },
    } as const;
    const heal = stack.emulator.faults.add({
      ...refused,
      match: { operation: 'apps/create-installation-access-token' },
    });
    expect((await stack.exchange()).status).toBe(500);
    const answer = await health();
    expect([answer.status, answer.json.status, failing(answer)]).toEqual([503, 'failing', ['app_credentials']]);
    heal();
    expect((await stack.exchange()).status).toBe(200);
    expect((await health()).json.status).toBe('ok');
  });
});

function policyOfActions(): string {
  const { issuer } = stack.emulator.actionsIssuer;
  return `issuer: ${issuer}\nsubject: repo:acme/infra:ref:refs/heads/trunk\npermissions: { contents: read }\n`;
}
