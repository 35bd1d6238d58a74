/** Can be written in YAML without quotes: nothing in it starts a comment, a map, a quotation or another type. */
const PLAIN_YAML = /^[A-Za-z][A-Za-z0-9@/._:-]*[A-Za-z0-9/]$/;
/** Words that YAML 1.1 or 1.2 reads as another type than text. */
const TYPED_WORD = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** A line of a policy file, for people to copy. */
export function yamlLine(field: string, value: string): string {
  return `${field}: ${yamlText(value)}`;
}

/** A text as YAML, in single quotes where it needs any. The text must have no line break. */
export function yamlText(value: string): string {
  return PLAIN_YAML.test(value) && !TYPED_WORD.test(value) ? value : inQuotes(value);
}

export function inQuotes(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A text as a pattern that matches it alone. */
export function escapedPattern(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
