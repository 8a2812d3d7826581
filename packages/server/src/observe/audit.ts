import type { Catalog } from '../catalog/catalog.ts';
import type { Log } from './log.ts';

export interface AuditEntry {
  readonly cloud: string;
  /** What kind of credentials, and which. */
  readonly actorType: 'key' | 'token' | 'account' | 'unsigned';
  readonly actor: string;
  readonly operation: string;
  /** What was changed: the path below the environment. */
  readonly target: string;
  /** Names of the parameters, never their values: secrets must not get in here. */
  readonly parameters: readonly string[];
  readonly status: number;
  readonly requestId: string;
  readonly address: string;
}

/** Who changed what and when. Written behind the answer, in batches. */
export function createAudit(catalog: Catalog, clock: () => number, log: Log) {
  let waiting: (AuditEntry & { at: number })[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = async (): Promise<void> => {
    timer = undefined;
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    const rows = batch.map(({ actorType, requestId, parameters, ...entry }) => ({
      ...entry,
      actor_type: actorType,
      request_id: requestId,
      parameters: JSON.stringify(parameters),
    }));
    // In a transaction, because those wait for the disk together and off the event loop.
    await catalog.transaction((tx) => tx.insertInto('audit').values(rows).execute());
  };
  const run = (): Promise<void> =>
    flush().catch((error: Error) => log.warn({ err: error }, 'the audit trail could not be written'));
  return {
    add(entry: AuditEntry): void {
      waiting.push({ ...entry, at: clock() });
      timer ??= setTimeout(() => void run(), 300);
    },
    flush: run,
    /** The newest first. @param before id of the last one seen */
    async list(
      cloud: string,
      {
        limit,
        before,
        operation,
      }: { readonly limit: number; readonly before?: number | undefined; readonly operation?: string | undefined },
    ) {
      await run();
      let query = catalog.db
        .selectFrom('audit')
        .selectAll()
        .where('cloud', '=', cloud)
        .orderBy('id', 'desc')
        .limit(limit);
      if (before !== undefined) query = query.where('id', '<', before);
      if (operation !== undefined) query = query.where('operation', '=', operation);
      return query.execute();
    },
    async close(): Promise<void> {
      clearTimeout(timer);
      await run();
    },
  };
}

export type Audit = ReturnType<typeof createAudit>;
