type Child = Node | string | undefined;

/** The element with this id. The page and its scripts are built together, so a missing one is a mistake of the build. */
export function byId<Name extends keyof HTMLElementTagNameMap>(id: string, name: Name): HTMLElementTagNameMap[Name] {
  const found = document.getElementById(id);
  if (found?.localName !== name) throw new Error(`the page has no ${name} #${id}`);
  return found as HTMLElementTagNameMap[Name];
}

/** A new element. Texts become text nodes: whatever somebody wrote is never read as HTML. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** Puts a text into an editable field as if somebody had typed it. */
export function fill(field: HTMLTextAreaElement | HTMLInputElement, text: string): void {
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
}
