import { useEffect, useRef, useSyncExternalStore } from 'react';
import { ApiError } from '../api.ts';
import { Icon } from './icons.tsx';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'info' | 'problem';
  readonly action?: { readonly label: string; run(): void };
}

let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();
const set = (value: readonly Toast[]): void => {
  toasts = value;
  for (const listener of listeners) listener();
};
const drop = (id: number): void => set(toasts.filter((item) => item.id !== id));

function add(item: Omit<Toast, 'id'>): void {
  const id = next;
  next += 1;
  set([...toasts.slice(-2), { ...item, id }]);
  setTimeout(() => drop(id), item.action || item.kind === 'problem' ? 12_000 : 4000);
}

export const toast = {
  show: (text: string, action?: Toast['action']) => add({ text, kind: 'info', ...(action ? { action } : {}) }),
  /** Says what went wrong; what was only broken off, because the page went on, is nothing to say. */
  problem: (error: unknown) =>
    (error as Error).name === 'AbortError' ||
    add({ text: (error instanceof ApiError && error.diagnosis) || (error as Error).message, kind: 'problem' }),
};

export function Toasts() {
  const items = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.showPopover(), []);
  // Above a dialog that was opened later.
  useEffect(() => {
    if (items.length === 0 || document.querySelector('dialog[open]') === null) return;
    box.current?.hidePopover();
    box.current?.showPopover();
  }, [items]);
  return (
    <div ref={box} popover="manual" className="toasts" role="status" aria-live="polite">
      {items.map((item) => (
        <div key={item.id} className={`toast ${item.kind}`}>
          <span>{item.text}</span>
          {item.action && (
            <button
              type="button"
              className="button quiet"
              onClick={() => {
                drop(item.id);
                item.action?.run();
              }}
            >
              {item.action.label}
            </button>
          )}
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => drop(item.id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
