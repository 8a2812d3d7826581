import { changeTags, TAG_COMMANDS, type TagCommand } from '../../assets/tags.ts';
import { ERRORS } from '../../errors.ts';
import type { UploadOperation } from './operation.ts';

export const tagsOperation: UploadOperation = {
  name: 'tags',
  path: '/tags',
  async handle({ app, actor, resourceType, params }) {
    const command = params.required('command');
    if (!Object.hasOwn(TAG_COMMANDS, command)) throw ERRORS.InvalidParameter('command', command);
    const tags = params.list('tag', { commas: true });
    if (tags === undefined && command !== 'remove_all') throw ERRORS.MissingParameter('tag');
    const publicIds = params.list('public_ids');
    if (publicIds === undefined) throw ERRORS.MissingParameter('public_ids');
    return changeTags(app, actor, command as TagCommand, tags ?? [], {
      resourceType: resourceType!,
      type: params.text('type') ?? 'upload',
      publicIds,
    });
  },
};
