import type { FastifyInstance } from 'fastify';
import type { App } from '../../app.ts';
import type { Operation } from '../operation.ts';
import { registerOperations } from '../register.ts';
import { accessTokenOperations } from './access-tokens.ts';
import { audit } from './audit.ts';
import { deleteBackedUpAssets, restoreByAssetIds, restoreResources } from './backups.ts';
import { publishResources, updateAccessMode } from './bulk.ts';
import { config } from './config.ts';
import {
  deleteDerivedResources,
  deleteResources,
  deleteResourcesByAssetIds,
  deleteResourcesByTag,
} from './delete-resources.ts';
import {
  createFolderOperation,
  deleteFolderOperation,
  renameFolderOperation,
  rootFolders,
  subFolders,
} from './folders.ts';
import { jobOperations } from './jobs.ts';
import { metadataFieldOperations } from './metadata-fields.ts';
import { metadataRuleOperations } from './metadata-rules.ts';
import { ping } from './ping.ts';
import { addRelatedAssets, deleteRelatedAssets } from './related-assets.ts';
import { resource, resourceByAssetId } from './resource.ts';
import {
  resources,
  resourcesByAssetFolder,
  resourcesByAssetIds,
  resourcesByContext,
  resourcesByExternalIds,
  resourcesByModeration,
  resourcesByTag,
  resourceTypes,
} from './resources.ts';
import {
  createStreamingProfile,
  deleteStreamingProfile,
  streamingProfile,
  streamingProfiles,
  updateStreamingProfile,
} from './streaming-profiles.ts';
import { tags } from './tags.ts';
import { takeOverOperations } from './take-over.ts';
import {
  createTransformationOperation,
  deleteTransformationOperation,
  transformation,
  transformations,
  updateTransformationOperation,
} from './transformations.ts';
import {
  createTriggerOperation,
  deleteTriggerOperation,
  testTrigger,
  triggers,
  updateTriggerOperation,
} from './triggers.ts';
import { updateResource, updateResourceByAssetId } from './update.ts';
import {
  createUploadMapping,
  deleteUploadMapping,
  replaceUploadMappings,
  updateUploadMapping,
  uploadMappings,
} from './upload-mappings.ts';
import {
  createUploadPreset,
  deleteUploadPreset,
  updateUploadPreset,
  uploadPreset,
  uploadPresets,
} from './upload-presets.ts';
import { usage } from './usage.ts';
import { videoViews } from './video-views.ts';
import { webhookDeliveryOperations } from './webhook-deliveries.ts';

/** Changing these changes how the environment works: it needs the access `settings`. */
const settings = (operations: readonly Operation[]): readonly Operation[] =>
  operations.map((operation) => (operation.method === 'GET' ? operation : { access: 'settings', ...operation }));

/** The Admin API; search has a route area of its own. */
const ADMIN_OPERATIONS: readonly Operation[] = [
  ping,
  usage,
  config,
  resourceTypes,
  resources,
  resourcesByTag,
  resourcesByContext,
  resourcesByModeration,
  resourcesByAssetFolder,
  resourcesByAssetIds,
  resourcesByExternalIds,
  resource,
  resourceByAssetId,
  updateResource,
  updateResourceByAssetId,
  restoreResources,
  restoreByAssetIds,
  deleteResources,
  deleteResourcesByAssetIds,
  deleteResourcesByTag,
  deleteDerivedResources,
  deleteBackedUpAssets,
  addRelatedAssets,
  deleteRelatedAssets,
  tags,
  videoViews,
  rootFolders,
  subFolders,
  createFolderOperation,
  renameFolderOperation,
  deleteFolderOperation,
  publishResources,
  updateAccessMode,
  ...takeOverOperations,
  audit,
  ...settings([
    transformations,
    transformation,
    createTransformationOperation,
    updateTransformationOperation,
    deleteTransformationOperation,
    uploadPresets,
    uploadPreset,
    createUploadPreset,
    updateUploadPreset,
    deleteUploadPreset,
    uploadMappings,
    createUploadMapping,
    updateUploadMapping,
    deleteUploadMapping,
    replaceUploadMappings,
    streamingProfiles,
    streamingProfile,
    createStreamingProfile,
    updateStreamingProfile,
    deleteStreamingProfile,
    triggers,
    createTriggerOperation,
    updateTriggerOperation,
    deleteTriggerOperation,
    testTrigger,
    ...metadataFieldOperations,
    ...metadataRuleOperations,
    ...accessTokenOperations,
    ...webhookDeliveryOperations,
    ...jobOperations,
  ]),
];

export function registerAdminApi(server: FastifyInstance, app: App): void {
  registerOperations(server, app, ADMIN_OPERATIONS);
}
