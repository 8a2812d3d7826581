import { deleteByToken } from '../../assets/delete-by-token.ts';
import type { UploadOperation } from './operation.ts';

export const deleteByTokenOperation: UploadOperation = {
  name: 'delete_by_token',
  path: ['//delete_by_token', '/delete_by_token'],
  authentication: 'none',
  handle: ({ app, actor, params }) => deleteByToken(app, actor, params.required('token')),
};
