/** Escape sequences of terminals (ECMA-48 §5.4), and every other control character but the line feed. */
const CONTROL = new RegExp(
  String.raw`\u001B\[[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[\u0000-\u0009\u000B-\u001F\u007F-\u009F]`,
  'g',
);
const MAX_LINE_CHARACTERS = 500;

/** What another program or server wrote, made harmless for a terminal: no control characters, no endless line. */
export function plainText(text: string): string {
  return text
    .replace(CONTROL, '')
    .split('\n')
    .map((line) => (line.length > MAX_LINE_CHARACTERS ? `${line.slice(0, MAX_LINE_CHARACTERS)}…` : line))
    .join('\n');
}
