export * from './errors.ts';
export * from './plan/geometry.ts';
export type * from './plan/types.ts';
