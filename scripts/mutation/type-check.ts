import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';
import type { Mutant } from './result.ts';

/** Tells which changes the compiler refuses: `npm run check` notices those, whatever the suites do. */
export class TypeCheck {
  private readonly changed = new Map<string, { readonly version: number; readonly text: string }>();
  private readonly service: ts.LanguageService;

  /** @param configuration path of the `tsconfig.json` that the files belong to */
  constructor(configuration: string) {
    const folder = dirname(resolve(configuration));
    const { config } = ts.readConfigFile(configuration, (path) => ts.sys.readFile(path)) as { config: unknown };
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
    this.service = ts.createLanguageService({
      // A name that is used no more shows that something was taken out, and not that its loss is noticed.
      getCompilationSettings: () => ({ ...options, noUnusedLocals: false, noUnusedParameters: false }),
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      getScriptFileNames: () => fileNames,
      getScriptVersion: (path) => String(this.changed.get(path)?.version ?? 0),
      getScriptSnapshot: (path) => {
        const text = this.changed.get(path)?.text ?? ts.sys.readFile(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      fileExists: (path) => ts.sys.fileExists(path),
      readFile: (path) => ts.sys.readFile(path),
    });
  }

  /** Whether the file with this change still compiles. Looks at the file alone, not at those that import it. */
  accepts(file: string, { location: { start, end }, replacement }: Pick<Mutant, 'location' | 'replacement'>): boolean {
    const path = resolve(file);
    const text = readFileSync(path, 'utf8');
    const lines = text.split('\n');
    const offset = ({ line, column }: Mutant['location']['start']): number =>
      lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    const version = (this.changed.get(path)?.version ?? 0) + 1;
    this.changed.set(path, { version, text: text.slice(0, offset(start)) + replacement + text.slice(offset(end)) });
    const faults = [...this.service.getSyntacticDiagnostics(path), ...this.service.getSemanticDiagnostics(path)];
    this.changed.set(path, { version: version + 1, text });
    return faults.length === 0;
  }
}
