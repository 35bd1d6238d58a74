import { element } from './dom.ts';

const SAID_FOR_MS = 2000;

/** Lines to copy. The block scrolls sideways on its own, so it can be reached by keyboard. */
export class CodeBlock {
  private readonly code = element('code');
  private readonly title = element('p');
  private readonly button = element('button', { type: 'button', class: 'copy' }, 'Copy');
  private readonly said = element('span', { class: 'visually-hidden', role: 'status' });

  /** @param name what the lines are, for those who do not see them */
  constructor(place: HTMLElement, name: string) {
    const pre = element('pre', { tabindex: '0', role: 'group', 'aria-label': name }, this.code);
    this.button.append(element('span', { class: 'visually-hidden' }, ` ${name}`));
    this.button.addEventListener('click', () => void this.copy());
    place.replaceChildren(element('div', { class: 'code-bar' }, this.title, this.button, this.said), pre);
  }

  /** @param title where the lines go */
  show(text: string, title: string): void {
    if (this.title.textContent !== title) this.title.textContent = title;
    if (this.code.textContent !== text) this.code.textContent = text;
  }

  get text(): string {
    return this.code.textContent;
  }

  private async copy(): Promise<void> {
    const isCopied = await copyText(this.text);
    if (!isCopied) getSelection()?.selectAllChildren(this.code);
    this.said.textContent = isCopied ? 'Copied' : 'It can’t be copied here; it is selected instead';
    this.button.classList.toggle('done', isCopied);
    setTimeout(() => {
      this.said.textContent = '';
      this.button.classList.remove('done');
    }, SAID_FOR_MS);
  }
}

/** @returns whether the browser let the page write to the clipboard */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
