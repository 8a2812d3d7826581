import { ERRORS } from '../errors.ts';

/** What an operation does: looks, changes assets, or changes how the environment works. */
export type Access = 'read' | 'write' | 'settings';

export interface Role {
  /** As the permissions API names it inside an environment (OpenAPI of account-provisioning-js: `cld::role::prodenv::…`). */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly may: readonly Access[];
}

const role = (short: string, title: string, description: string, ...may: Access[]): Role => ({
  id: `cld::role::prodenv::${short}`,
  title,
  description,
  may,
});

/** Roles of keys and tokens, and what each may do (User roles guide). */
export const ROLES: Readonly<Record<string, Role>> = {
  master_admin: role('master_admin', 'Master admin', 'Full access.', 'read', 'write', 'settings'),
  admin: role('admin', 'Admin', 'Full access inside the environment.', 'read', 'write', 'settings'),
  technical_admin: role('technical_admin', 'Technical admin', 'Assets and settings.', 'read', 'write', 'settings'),
  media_library_admin: role('ml_admin', 'Media Library admin', 'Reads and changes all assets.', 'read', 'write'),
  media_library_user: role('ml_user', 'Media Library user', 'Reads and changes assets.', 'read', 'write'),
  reports: role('reports', 'Reports', 'Looks only.', 'read'),
  billing: role('billing', 'Billing', 'Looks only.', 'read'),
  read_only: role('read_only', 'Read only', 'Looks only.', 'read'),
};

/** The role of a key whose role was taken away: it may do nothing. */
export const NO_ROLE = 'none';

const DOES: Readonly<Record<Access, string>> = {
  read: 'read',
  write: 'change assets',
  settings: 'change settings',
};

/** @throws 403 naming the role and what it may not do; a role that is not in the table may do nothing */
export function checkRole(name: string, access: Access): void {
  const known = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
  if (!known?.may.includes(access)) throw ERRORS.NotAllowed(`Role ${name} is not allowed to ${DOES[access]}`);
}

/** What an operation does when it does not say so: GET looks, everything else changes assets. */
export const accessOf = ({
  access,
  method,
}: {
  readonly access?: Access;
  readonly method: string | readonly string[];
}) => access ?? (method === 'GET' ? 'read' : 'write');
