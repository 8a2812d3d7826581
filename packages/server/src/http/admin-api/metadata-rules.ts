import type { Call, Operation } from '../operation.ts';

const inputOf = ({ params }: Call) => ({
  ...params.raw(),
  ...Object.fromEntries(params.nulls().map((name) => [name, null])),
});

/** Conditional metadata rules. */
export const metadataRuleOperations: readonly Operation[] = [
  {
    name: 'list_metadata_rules',
    method: 'GET',
    path: '/metadata_rules',
    handle: async ({ app, cloud }) => ({ metadata_rules: await app.metadata.rules(cloud) }),
  },
  {
    name: 'add_metadata_rule',
    method: 'POST',
    path: '/metadata_rules',
    handle: (call) => call.app.metadata.createRule(call.cloud, inputOf(call)),
  },
  {
    name: 'update_metadata_rule',
    method: 'PUT',
    path: '/metadata_rules/:id',
    handle: (call) => call.app.metadata.updateRule(call.cloud, call.path.id!, inputOf(call)),
  },
  {
    name: 'delete_metadata_rule',
    method: 'DELETE',
    path: '/metadata_rules/:id',
    handle: async ({ app, cloud, path }) => {
      await app.metadata.deleteRule(cloud, path.id!);
      return { success: true };
    },
  },
];
