import type { FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import type { CloudRow } from '../../catalog/schema.ts';
import { asSignetError } from '../errors.ts';
import type { Caller } from './authenticate.ts';

export interface Change {
  readonly cloud: CloudRow;
  readonly caller: Caller;
  readonly operation: string;
  /** Names of the parameters, never their values. */
  readonly parameters: readonly string[];
  /** What is changed, below the environment; the answer may know better. */
  readonly target: string;
}

const publicIdOf = (answer: unknown): string | undefined => {
  const { public_id: id } = (answer ?? {}) as { public_id?: unknown };
  return typeof id === 'string' ? id : undefined;
};

/** Does the work and notes in the audit trail who changed what, and how it ended. */
export async function audited<T>(
  app: App,
  request: FastifyRequest,
  change: Change,
  work: () => Promise<T>,
): Promise<T> {
  const note = (status: number, target: string): void =>
    app.audit.add({
      cloud: change.cloud.name,
      actorType: change.caller.actorType,
      actor: change.caller.actor,
      operation: change.operation,
      target,
      parameters: change.parameters,
      status,
      requestId: request.id,
      address: request.ip,
    });
  try {
    const answer = await work();
    const id = publicIdOf(answer);
    note(200, id === undefined || change.target.endsWith(`/${id}`) ? change.target : `${change.target}/${id}`);
    return answer;
  } catch (error) {
    note(asSignetError(error, app.log).status, change.target);
    throw error;
  }
}
