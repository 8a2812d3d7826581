import { type ReactNode, useId } from 'react';
import type { Loaded } from '../load.ts';
import { Problem, Waiting } from '../ui/parts.tsx';

/** Head of a part of the settings, and what stands there until its list is loaded. */
export function Section<T>({
  title,
  text,
  action,
  loaded,
  children,
}: {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  loaded: Loaded<T>;
  children: (data: T) => ReactNode;
}) {
  const id = useId();
  return (
    <section className="settings-section" aria-labelledby={id}>
      <div className="row wrap">
        <div className="grow">
          <h2 id={id}>{title}</h2>
          {text && <p className="hint">{text}</p>}
        </div>
        {action}
      </div>
      {loaded.data !== undefined ? (
        children(loaded.data)
      ) : loaded.error !== undefined ? (
        <Problem error={loaded.error} onRetry={loaded.reload} />
      ) : (
        <Waiting />
      )}
    </section>
  );
}

export const Table = ({ head, children, label }: { head: readonly string[]; children: ReactNode; label: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens, so the keyboard must reach it
  <section className="table-wrap" aria-label={label} tabIndex={0}>
    <table>
      <thead>
        <tr>
          {head.map((name, index) => (
            <th key={name || index} scope="col">
              {name || <span className="hidden">Actions</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </section>
);
