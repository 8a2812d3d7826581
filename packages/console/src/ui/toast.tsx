import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { ApiError } from '../api.ts';
import { Icon } from './icons.tsx';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'info' | 'problem';
  readonly action?: { readonly label: string; run(): void };
}

interface State {
  readonly toasts: readonly Toast[];
  /** Places that can show them; the last is in front, and all behind it is inert while it is a dialog. */
  readonly places: readonly symbol[];
}

let state: State = { toasts: [], places: [] };
let next = 1;
const listeners = new Set<() => void>();
const set = (change: Partial<State>): void => {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
};
const drop = (id: number): void => set({ toasts: state.toasts.filter((item) => item.id !== id) });

function add(item: Omit<Toast, 'id'>): void {
  const id = next;
  next += 1;
  set({ toasts: [...state.toasts.slice(-2), { ...item, id }] });
  setTimeout(() => drop(id), item.action || item.kind === 'problem' ? 12_000 : 4000);
}

export const toast = {
  show: (text: string, action?: Toast['action']) => add({ text, kind: 'info', ...(action ? { action } : {}) }),
  /** Says what went wrong; what was only broken off, because the page went on, is nothing to say. */
  problem: (error: unknown) =>
    (error as Error).name === 'AbortError' ||
    add({ text: (error instanceof ApiError && error.diagnosis) || (error as Error).message, kind: 'problem' }),
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/**
 * Shows the messages, and has screen readers tell them. Stands in the page and in every dialog: what is outside an open
 * dialog can be neither heard nor reached, so the one in front shows them.
 */
export function Toasts() {
  const { toasts, places } = useSyncExternalStore(subscribe, () => state);
  const [place] = useState(() => Symbol('place'));
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    set({ places: [...state.places, place] });
    // After the dialog around it has opened, to lie above it.
    queueMicrotask(() => box.current?.isConnected && box.current.showPopover());
    return () => set({ places: state.places.filter((other) => other !== place) });
  }, [place]);
  const items = places.at(-1) === place ? toasts : [];
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
