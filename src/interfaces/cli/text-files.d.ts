/** The build puts the text of a Markdown file where it is imported (scripts/build-cli.ts). */
declare module '*.md' {
  const text: string;
  export = text;
}
