import { describe, expect, it } from '@jest/globals';
import { nearMisses, policyFile, type PolicyFile } from '../../../src/domain/policy-folder.ts';

function file(name: string, kind: PolicyFile['kind'] = 'file'): PolicyFile {
  return { name, kind, bytes: 1, text: '' };
}

const policy = (identity: string) => ({ kind: 'policy', identity });
const unread = (name: string) => ({ kind: 'unread', name });

describe('the file of a policy', () => {
  const others = ['Ci.sts.yaml', 'ci.sts.yml', 'ci.yaml', 'xci.sts.yaml'].map((name) => file(name));

  it('is the one with exactly its name', () => {
    const own = file('ci.sts.yaml');
    expect(policyFile([...others, own], 'ci')).toBe(own);
    expect(policyFile(others, 'ci')).toBeUndefined();
  });

  it.each(['symlink', 'other'] as const)('is never a %s', (kind) => {
    expect(policyFile([file('ci.sts.yaml', kind)], 'ci')).toBeUndefined();
  });
});

describe('an identity that has no policy', () => {
  const folder = [file('deploy.sts.yaml'), file('release.sts.yaml'), file('ci.sts.yaml')];

  it.each([
    ['given with its ending', 'deploy.sts.yaml'],
    ['given with another ending', 'deploy.sts.yml'],
    ['given with half of the ending', 'deploy.sts'],
    ['given with the other half', 'deploy.yml'],
    ['given with the other half, spelled out', 'deploy.yaml'],
    ['in other letters', 'DEPLOY'],
    ['in other letters and with its ending', 'Deploy.sts.yaml'],
    ['with a letter too few', 'deplo'],
    ['with a letter too few at its start', 'eploy'],
    ['with a letter too many', 'deplooy'],
    ['with another letter', 'deplay'],
    ['with two letters swapped', 'depoly'],
    ['with a wrong letter, its ending and in other letters', 'Deplay.sts.yaml'],
  ])('is led to the nearest one: %s', (_, identity) => {
    expect(nearMisses(folder, identity)).toEqual([policy('deploy')]);
  });

  it.each([
    ['two letters away', 'dexlay'],
    ['two letters too long', 'deployed'],
    ['with letters swapped that are no neighbours', 'yeplod'],
    ['short, so that a wrong letter makes another name', 'cd'],
    ['unlike all of them', 'nothing'],
  ])('is led to none: %s', (_, identity) => {
    expect(nearMisses(folder, identity)).toEqual([]);
  });

  it('is led to a policy only under the name that is read', () => {
    expect(nearMisses([file('Shouted.sts.yaml')], 'shouted')).toEqual([policy('Shouted')]);
  });

  it('is told of a file with its name that is not read', () => {
    const files = [file('deploy.sts.yml'), file('deploy.yaml'), file('deploy.sts.yaml', 'symlink')];
    expect(nearMisses(files, 'deploy')).toEqual([
      unread('deploy.sts.yml'),
      unread('deploy.yaml'),
      unread('deploy.sts.yaml (a symbolic link)'),
    ]);
  });

  it('is not told of a file that only begins with its name, nor of a misspelt one that is no policy', () => {
    const files = ['deploy.yaml.bak', 'deploy.sts.old', 'deploy.yamlx', 'deployml', 'deplo.yaml', 'deploy.y'];
    expect(
      nearMisses(
        files.map((name) => file(name)),
        'deploy',
      ),
    ).toEqual([]);
    expect(nearMisses([file('deplo.sts.yaml', 'symlink')], 'deploy')).toEqual([]);
  });

  it('may itself end like a file, and may hold what looks like an ending', () => {
    expect(nearMisses([file('deploy.yaml.sts.yaml', 'symlink')], 'deploy.yaml')).toEqual([
      unread('deploy.yaml.sts.yaml (a symbolic link)'),
    ]);
    expect(nearMisses([file('deploy.ymlx'), file('deploy.stsx')], 'deployx')).toEqual([]);
  });

  it('may be misspelt from four letters on', () => {
    const folder = [file('main.sts.yaml'), file('dev.sts.yaml')];
    expect([nearMisses(folder, 'mian'), nearMisses(folder, 'dve')]).toEqual([[policy('main')], []]);
  });

  it('is told of a folder with the name of its policy', () => {
    expect(nearMisses([file('deploy.sts.yaml', 'other')], 'deploy')).toEqual([unread('deploy.sts.yaml')]);
  });

  it('is told of the same name before a misspelt one, and of three at the most', () => {
    const files = ['deplox', 'deplo', 'DEPLOY', 'deployy', 'depoy'].map((name) => file(`${name}.sts.yaml`));
    expect(nearMisses(files, 'deploy')).toEqual([policy('DEPLOY'), policy('deplox'), policy('deplo')]);
  });

  it('is led to no name that could write lines of its own into an answer', () => {
    expect(nearMisses([file('deploy\n.sts.yaml'), file('dep\u001boy.sts.yaml')], 'deploy')).toEqual([]);
  });
});
