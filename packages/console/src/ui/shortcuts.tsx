import { useEffect } from 'react';
import { go, hrefOf } from '../router.ts';
import { Dialog } from './parts.tsx';

const HELP: readonly (readonly [title: string, keys: readonly (readonly [string, string])[]])[] = [
  [
    'Everywhere',
    [
      ['?', 'this help'],
      ['g then l, t, s, e', 'go to the library, transform, signatures, settings'],
      ['Esc', 'close what is open'],
    ],
  ],
  [
    'Media library',
    [
      ['/', 'search'],
      ['u', 'upload'],
      ['← → ↑ ↓', 'move; with Shift also select'],
      ['Home, End, Page Up, Page Down', 'move far'],
      ['Enter', 'open the details'],
      ['Space', 'select or not'],
      ['Ctrl A', 'select all that match'],
      ['Delete', 'delete the selection'],
      ['Ctrl V', 'upload what was copied'],
    ],
  ],
];

const AREAS: Readonly<Record<string, string>> = { l: 'library', t: 'transform', s: 'signatures', e: 'settings' };

/** Whether a key is meant for the page, and not for a field or a dialog. */
export const isForPage = (event: KeyboardEvent): boolean =>
  !event.ctrlKey &&
  !event.metaKey &&
  !event.altKey &&
  (event.target as Element).closest('input, textarea, select, [contenteditable]') === null &&
  document.querySelector('dialog[open]') === null;

/** `?` for help, `g` and a letter for the areas. */
export function useShortcuts(onHelp: (open: boolean) => void): void {
  useEffect(() => {
    let before = '';
    const press = (event: KeyboardEvent): void => {
      if (!isForPage(event)) return;
      const area = before === 'g' ? AREAS[event.key] : undefined;
      before = event.key;
      if (event.key === '?') onHelp(true);
      else if (area !== undefined) go(hrefOf([area]));
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [onHelp]);
}

export const ShortcutHelp = ({ onClose }: { onClose: () => void }) => (
  <Dialog title="Keyboard shortcuts" onClose={onClose}>
    {HELP.map(([title, keys]) => (
      <section key={title} className="shortcuts">
        <h3>{title}</h3>
        <dl>
          {keys.map(([key, meaning]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </section>
    ))}
  </Dialog>
);
