import { listTags } from '../../assets/admin/tags.ts';
import type { Operation } from '../operation.ts';
import { pageOf, RT } from './support.ts';

export const tags: Operation = {
  name: 'tags',
  method: 'GET',
  path: `/tags/${RT}`,
  handle: ({ app, cloud, path, params }) =>
    listTags(app, cloud, path.resource_type!, params.text('prefix') ?? '', pageOf(params)),
};
