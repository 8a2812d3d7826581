import { elementOf, make } from './dom.ts';
import { activeFont, propertiesOf, CSS as STYLES } from './looks.ts';
import type { WidgetOptions } from './options.ts';
import type { Words } from './text.ts';

export type Display = 'shown' | 'hidden' | 'minimized';

/** The window over the page, in a shadow tree, so that neither's styles touch the other's. */
export function createWindow(handlers: { close(): void; minimize(): void; show(): void }) {
  const host = make('div', { 'data-signet-widget': '' });
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  root.adoptedStyleSheets = [sheet];

  const body = make('div', { class: 'body' });
  const footer = make('footer');
  const tabs = make('div', { class: 'tabs', role: 'tablist' });
  const title = make('h2', { id: 'title' });
  const closeButton = make('button', { class: 'icon', type: 'button', onclick: handlers.close }, '×');
  const minimizeButton = make('button', { class: 'icon', type: 'button', onclick: handlers.minimize }, '–');
  const panel = make(
    'div',
    { class: 'window', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'title' },
    make('header', {}, title, minimizeButton, closeButton),
    tabs,
    body,
    footer,
  );
  const back = make('div', { class: 'back' }, panel);
  const small = make('button', { class: 'small', type: 'button', onclick: handlers.show });
  root.append(back, small);
  let inline = false;
  let lastFocus: Element | null = null;

  /** Tab stays within the window, Escape closes it. */
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      handlers.close();
    }
    if (event.key !== 'Tab' || inline) return;
    const stops = [
      ...panel.querySelectorAll<HTMLElement>('button, input:not([hidden]), select, summary, [tabindex="0"]'),
    ].filter((element) => element.offsetParent !== null);
    const [first, last] = [stops[0], stops.at(-1)];
    const leaving = event.shiftKey ? first : last;
    if (root.activeElement !== leaving) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  });

  return {
    host,
    root,
    body,
    footer,
    tabs,
    small,

    display(state: Display): void {
      for (const [element, visible] of [
        [back, state === 'shown'],
        [small, state === 'minimized'],
      ] as const) {
        element.hidden = !visible;
        element.style.display = visible ? '' : 'none';
      }
    },

    /** Puts the window into the page: into `inlineContainer`, else over everything. */
    attach(options: WidgetOptions): void {
      const place = elementOf(options.inlineContainer);
      inline = place !== null;
      back.classList.toggle('inline', inline);
      panel.setAttribute('aria-modal', String(!inline));
      if (!host.isConnected) (place ?? document.body).append(host);
    },

    dress(options: WidgetOptions, words: Words): void {
      const properties = propertiesOf(options.theme, options.styles, options.queueViewPosition);
      for (const [name, value] of Object.entries(properties)) host.style.setProperty(name, value);
      loadFont(activeFont(options.styles ?? {})?.[1]);
      title.textContent = words.title;
      closeButton.setAttribute('aria-label', words.close);
      minimizeButton.setAttribute('aria-label', words.minimize);
      tabs.setAttribute('aria-label', words.title);
    },

    takeFocus(): void {
      if (inline) return;
      lastFocus = document.activeElement;
      closeButton.focus();
    },
    giveFocusBack(): void {
      if (lastFocus instanceof HTMLElement) lastFocus.focus();
    },
  };
}

export type WidgetWindow = ReturnType<typeof createWindow>;

/** Fonts count for a shadow tree only when the page itself knows them. */
function loadFont(address: string | undefined): void {
  if (address === undefined || document.querySelector(`link[href="${CSS.escape(address)}"]`) !== null) return;
  document.head.append(make('link', { rel: 'stylesheet', href: address }));
}
