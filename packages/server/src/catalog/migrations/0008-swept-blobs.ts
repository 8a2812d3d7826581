/** Bytes that a sweep has deleted lately, where several servers share a catalog (jobs/swept.ts). */
export const up = [
  `CREATE TABLE swept_blobs (hash TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE INDEX swept_blobs_at ON swept_blobs (at)`,
] as const;
