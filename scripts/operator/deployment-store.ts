import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deploymentPath, variablesOf, withEntry, type Deployment, type Entry } from './deployment-file.ts';
import { loadDeployment } from './deploy.ts';
import { settingText } from '../../src/interfaces/setting-values.ts';
import { Stop } from './stop.ts';

/** The deployment's own file, as setup fills it step by step. */
export class DeploymentStore {
  /** Whether this run wrote to it. */
  isChanged = false;

  constructor(
    private readonly root: string,
    readonly name: string,
  ) {}

  get path(): string {
    return deploymentPath(this.name);
  }

  get exists(): boolean {
    return existsSync(join(this.root, this.path));
  }

  create(text: string): void {
    this.write(text, 'wx');
  }

  load(): Deployment {
    return loadDeployment(this.name, this.root);
  }

  /** A text under `[vars]`, if it is set. */
  variable(name: string): string | undefined {
    const text = settingText(variablesOf(this.load()), name);
    return typeof text === 'string' ? text : undefined;
  }

  note(name: string): string | undefined {
    const { notes } = this.load();
    return Object.hasOwn(notes, name) ? notes[name] : undefined;
  }

  /** @throws Stop where the file is written in a form that can't be edited line by line */
  set(entry: Entry): void {
    const path = join(this.root, this.path);
    const text = readFileSync(path, 'utf8');
    const edited = withEntry(text, entry);
    if (edited === undefined) {
      const where = entry.table === undefined ? 'the top' : `[${entry.table}]`;
      throw new Stop(
        `${this.path} can't be edited here. Write this to ${where} of it, then run npm run setup again:\n${entry.key} = ${JSON.stringify(entry.value)}`,
      );
    }
    if (edited !== text) this.write(edited, 'w');
  }

  private write(text: string, flag: 'w' | 'wx'): void {
    const path = join(this.root, this.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag });
    this.isChanged = true;
  }
}
