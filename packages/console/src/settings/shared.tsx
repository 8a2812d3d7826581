import type { ReactNode } from 'react';
import type { Loaded } from '../load.ts';
import { Problem, Waiting } from '../ui/parts.tsx';

/** Head of a settings page, and what stands there until its list is loaded. */
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
  return (
    <section className="settings-section" aria-labelledby="section-title">
      <div className="row wrap">
        <h2 id="section-title" className="grow">
          {title}
        </h2>
        {action}
      </div>
      {text && <p className="hint">{text}</p>}
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
  // biome-ignore lint/a11y: it scrolls on narrow screens, so the keyboard must reach it, and a name is read
  <div className="table-wrap" role="group" aria-label={label} tabIndex={0}>
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
  </div>
);
