import { make } from '../dom.ts';
import type { WidgetOptions } from '../options.ts';
import type { Words } from '../text.ts';

let lists = 0;

/** Fields that the person at the page may fill in for the next files; `values` keeps what was typed. */
export function advancedPanel(words: Words, options: WidgetOptions, values: Record<string, string>): HTMLElement {
  const field = (name: string, label: string, props: Record<string, unknown> = {}): HTMLElement =>
    make(
      'label',
      {},
      label,
      make('input', {
        value: values[name] ?? '',
        ...props,
        oninput: (event: Event) => {
          values[name] = (event.target as HTMLInputElement).value;
          if (name === 'tags') suggest();
        },
      }),
    );
  lists += 1;
  const suggestions = make('datalist', { id: `tags-${lists}` });
  /** Suggestions for the tag that is being typed; those before it stay. */
  const suggest = (): void => {
    const typed = values.tags ?? '';
    const before = typed.slice(0, typed.lastIndexOf(',') + 1);
    options.getTags?.(
      (tags) => suggestions.replaceChildren(...tags.map((tag) => make('option', { value: `${before}${tag}` }))),
      typed.slice(before.length).trim(),
    );
  };
  const fields = make(
    'div',
    { class: 'fields' },
    field('public_id', words.publicId),
    field('tags', words.tags, options.getTags ? { list: suggestions.id, autocomplete: 'off' } : {}),
    suggestions,
  );
  options.getUploadPresets?.((presets) => {
    const rows = [options.uploadPreset ?? '', ...presets].map((preset) =>
      typeof preset === 'string' ? { value: preset, label: preset } : preset,
    );
    const select = make('select', {
      onchange: () => {
        values.upload_preset = select.value;
      },
    });
    const seen = new Set<string>();
    for (const { value, label } of rows) {
      if (seen.has(value)) continue;
      seen.add(value);
      select.append(make('option', { value, selected: value === values.upload_preset }, label || value));
    }
    fields.append(make('label', {}, words.preset, select));
  });
  const open = Object.values(values).some((value) => value !== '');
  return make('details', { open }, make('summary', {}, words.advanced), fields);
}
