import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { Button, Empty, Problem, Waiting } from '../ui/parts.tsx';
import { Table } from './shared.tsx';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** What happened, the newest first: more on demand, and looked at again by itself while something is under way. */
export function History<T>({
  label,
  empty,
  head,
  load,
  isMoving,
  row,
}: {
  label: string;
  empty: string;
  head: readonly string[];
  /** Another function, another list. */
  load: (cursor: string | undefined) => Promise<Page<T>>;
  isMoving: (item: T) => boolean;
  row: (item: T, reload: () => void) => ReactNode;
}) {
  const [page, setPage] = useState<Page<T>>();
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);

  const reload = useCallback(() => {
    setProblem(undefined);
    load(undefined).then(setPage, setProblem);
  }, [load]);
  useEffect(reload, [reload]);

  const moving = page?.items.some(isMoving) === true;
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(reload, 3000);
    return () => clearInterval(timer);
  }, [moving, reload]);

  const more = (): void => {
    if (page?.next === undefined) return;
    setBusy(true);
    load(page.next)
      .then(({ items, next }) => setPage({ items: [...page.items, ...items], next }), setProblem)
      .finally(() => setBusy(false));
  };

  if (problem !== undefined) return <Problem error={problem} onRetry={reload} />;
  if (page === undefined) return <Waiting />;
  if (page.items.length === 0) return <Empty icon="check" title={empty} />;
  return (
    <>
      <Table label={label} head={head}>
        {page.items.map((item) => row(item, reload))}
      </Table>
      {page.next !== undefined && (
        <div>
          <Button disabled={busy} onClick={more}>
            Show older
          </Button>
        </div>
      )}
    </>
  );
}

const LOOKS: Readonly<Record<string, string>> = {
  done: 'good',
  delivered: 'good',
  failed: 'bad',
  waiting: 'warn',
  running: 'warn',
};

export const StatePill = ({ state }: { state: string }) => (
  <span className={`pill ${LOOKS[state] ?? ''}`}>{state}</span>
);
