import type { RawClaims } from '../../src/domain/claims.ts';
import { CodeBlock } from '../code-block.ts';
import { byId, element, fill } from '../dom.ts';
import { draftFields, draftText, type DraftField } from './draft.ts';

/** "A policy from this token": tight as proposed, loosened field by field. */
export class DraftView {
  private readonly policy = new CodeBlock(byId('draft-policy', 'div'), 'the policy from this token');
  private fields: readonly DraftField[] = [];
  private readonly chosen = new Map<string, number>();
  private shownFor = '';

  constructor() {
    const details = byId('draft', 'details');
    byId('draft-fields', 'form').addEventListener('submit', (event) => event.preventDefault());
    byId('draft-take', 'button').addEventListener('click', () => {
      fill(byId('policy', 'textarea'), this.policy.text);
      byId('policy', 'textarea').focus();
    });
    byId('open-draft', 'button').addEventListener('click', () => {
      details.open = true;
      details.scrollIntoView();
      details.querySelector('summary')?.focus({ preventScroll: true });
    });
  }

  /** @param claims nothing where there is no token */
  show(claims: RawClaims | undefined, serviceAudiences: readonly string[]): void {
    const fields = claims === undefined ? [] : draftFields(claims, serviceAudiences);
    // Only where the fields are others: the choices, and the keyboard's place among them, stay while somebody types.
    const shape = JSON.stringify(fields);
    if (shape === this.shownFor) return;
    this.shownFor = shape;
    this.fields = fields;
    this.chosen.clear();
    byId('draft-note', 'p').textContent = noteOn(claims, fields);
    byId('draft-body', 'div').hidden = fields.length === 0;
    byId('draft-fields', 'form').replaceChildren(...fields.map((field, index) => this.fieldRow(field, index)));
    this.render();
  }

  private render(): void {
    this.policy.show(draftText(this.fields, this.chosen), 'Takes this token');
  }

  private fieldRow(field: DraftField, index: number): HTMLElement {
    const id = `draft-field-${index}`;
    const note = field.note === undefined ? undefined : element('p', { class: 'note', id: `${id}-note` }, field.note);
    const [only, ...others] = field.choices;
    return element(
      'div',
      { class: 'draft-field' },
      element('label', { for: id }, element('code', {}, field.name)),
      others.length === 0 ? element('output', { id }, only?.label) : this.choice(field, id),
      element('p', { class: 'actual' }, element('code', {}, field.actual)),
      note,
    );
  }

  private choice(field: DraftField, id: string): HTMLElement {
    const described = field.note === undefined ? {} : { 'aria-describedby': `${id}-note` };
    const options = field.choices.map(({ label }, at) => {
      const option = element('option', { value: String(at) }, label);
      option.selected = at === field.proposed;
      return option;
    });
    const select = element('select', { id, ...described }, ...options);
    select.addEventListener('change', () => {
      this.chosen.set(field.name, Number(select.value));
      this.render();
    });
    return select;
  }
}

function noteOn(claims: RawClaims | undefined, fields: readonly DraftField[]): string {
  if (claims === undefined) return 'Paste a token or its claims into the right field above.';
  if (fields.length === 0) return 'No policy can be written for this token: it has no usable issuer or subject.';
  return 'As tight as the token allows. Loosen what must vary; the linter above says what that costs. Permissions are yours to choose.';
}
