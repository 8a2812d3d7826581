import { ERRORS } from '../errors.ts';

/** What an operation does: looks, changes assets, or changes how the environment works. */
export type Access = 'read' | 'write' | 'settings';

/** Roles of keys and tokens, and what each may do (User roles guide). A key without a known role may only look. */
export const ROLES: Readonly<Record<string, readonly Access[]>> = {
  master_admin: ['read', 'write', 'settings'],
  admin: ['read', 'write', 'settings'],
  technical_admin: ['read', 'write', 'settings'],
  media_library_admin: ['read', 'write'],
  media_library_user: ['read', 'write'],
  reports: ['read'],
  billing: ['read'],
  read_only: ['read'],
};

/** First path segments whose changes are settings and not assets. */
const SETTINGS =
  /^\/(?:upload_presets|upload_mappings|transformations|streaming_profiles|triggers|metadata_fields|metadata_rules|access_tokens|webhook_deliveries)(?:\/|$)/;

/** Searches are asked by POST and change nothing. */
const LOOKS = /\/(?:search|visual_search)$/;

export const accessOf = (method: string, path: string): Access =>
  method === 'GET' || LOOKS.test(path) ? 'read' : SETTINGS.test(path) ? 'settings' : 'write';

/** @throws 403 naming the role and what it may not do */
export function checkRole(role: string, access: Access): void {
  if (!(ROLES[role] ?? ['read']).includes(access))
    throw ERRORS.NotAllowed(
      `Role ${role} is not allowed to ${access === 'read' ? 'read' : access === 'write' ? 'change assets' : 'change settings'}`,
    );
}
