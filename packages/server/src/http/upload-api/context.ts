import { CONTEXT_COMMANDS, type ContextCommand, changeContext } from '../../assets/contextual.ts';
import { parsePairs } from '../../assets/pairs.ts';
import { ERRORS } from '../../errors.ts';
import type { UploadOperation } from './operation.ts';

export const contextOperation: UploadOperation = {
  name: 'context',
  path: '/context',
  async handle({ app, actor, resourceType, params }) {
    const command = params.required('command');
    if (!(CONTEXT_COMMANDS as readonly string[]).includes(command)) throw ERRORS.InvalidParameter('command', command);
    const publicIds = params.list('public_ids');
    if (publicIds === undefined) throw ERRORS.MissingParameter('public_ids');
    const context = command === 'add' ? parsePairs(params.required('context')) : {};
    return changeContext(app, actor, command as ContextCommand, context, {
      resourceType: resourceType!,
      type: params.text('type') ?? 'upload',
      publicIds,
    });
  },
};
