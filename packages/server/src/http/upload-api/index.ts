import type { FastifyInstance } from 'fastify';
import type { App } from '../../app.ts';
import { ASSEMBLED_OPERATIONS } from './assembled.ts';
import { contextOperation } from './context.ts';
import { deleteByTokenOperation } from './delete-by-token.ts';
import { destroyOperation } from './destroy.ts';
import { downloadBackupOperation, downloadOperation } from './download.ts';
import { explicitOperation } from './explicit.ts';
import { downloadTagOperation, generateArchiveOperation } from './generate-archive.ts';
import { metadataOperation } from './metadata.ts';
import { registerUploadOperations, type UploadOperation } from './operation.ts';
import { renameOperation } from './rename.ts';
import { tagsOperation } from './tags.ts';
import { registerUpload } from './upload.ts';

const UPLOAD_OPERATIONS: readonly UploadOperation[] = [
  destroyOperation,
  deleteByTokenOperation,
  explicitOperation,
  metadataOperation,
  renameOperation,
  tagsOperation,
  contextOperation,
  generateArchiveOperation,
  downloadTagOperation,
  downloadOperation,
  downloadBackupOperation,
  ...ASSEMBLED_OPERATIONS,
];

export function registerUploadApi(server: FastifyInstance, app: App): void {
  registerUpload(server, app);
  registerUploadOperations(server, app, UPLOAD_OPERATIONS);
}
