import { createInterface } from 'node:readline/promises';
import { plainText } from './plain-text.ts';
import { Stop } from './stop.ts';

export interface Question {
  readonly text: string;
  /** The flag that answers it where nobody can be asked. */
  readonly flag: string;
  readonly fallback?: string;
  /** @returns what is wrong with an answer, or nothing */
  readonly fault?: (answer: string) => string | undefined;
}

/** Where the operator is told and asked. */
export interface Terminal {
  /** Whether there is somebody to ask. */
  readonly interactive: boolean;
  say(text: string): void;
  /** @throws Stop where nobody can be asked, and where the answer is none */
  ask(question: Question): Promise<string>;
}

const MAX_ATTEMPTS = 5;

/** The terminal that the program was started in. */
export class ProcessTerminal implements Terminal {
  constructor(readonly interactive: boolean) {}

  say(text: string): void {
    console.log(text);
  }

  async ask(question: Question): Promise<string> {
    const { text, fallback, fault } = question;
    if (!this.interactive) return unasked(question);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const answer = plainText((await this.line(`${text}${fallback === undefined ? '' : ` [${fallback}]`} `)).trim());
      const chosen = answer === '' ? (fallback ?? '') : answer;
      const problem = fault?.(chosen) ?? (chosen === '' ? 'An answer is needed.' : undefined);
      if (problem === undefined) return chosen;
      this.say(problem);
    }
    throw new Stop('No answer that can be used. Run it again when you know it: what is done stays done.');
  }

  private async line(prompt: string): Promise<string> {
    const reader = createInterface({ input: process.stdin, output: process.stdout });
    // Without this the question would only end, and the next one would come.
    reader.on('SIGINT', () => process.emit('SIGINT'));
    try {
      return await new Promise<string>((resolve, reject) => {
        reader.once('close', () => reject(new Stop('The terminal is closed. Run it again: what is done stays done.')));
        reader.question(prompt).then(resolve, reject);
      });
    } finally {
      reader.close();
    }
  }
}

/** The answer where nobody is asked: what was foreseen, else the flag to give. */
export function unasked({ text, flag, fallback, fault }: Question): string {
  if (fallback !== undefined && fault?.(fallback) === undefined) return fallback;
  throw new Stop(`Nobody can be asked here: "${text}" Give ${flag}.`);
}
