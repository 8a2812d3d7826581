/** Messages between the pool and a worker process. One job at a time, so they carry no id. */
export interface ToWorker {
  readonly operation: string;
  readonly args: unknown;
}

export type FromWorker =
  | { readonly kind: 'progress'; readonly value: number }
  | { readonly kind: 'done'; readonly value: unknown }
  /** `missing`: an optional package is not installed. */
  | { readonly kind: 'error'; readonly message: string; readonly missing: boolean };
