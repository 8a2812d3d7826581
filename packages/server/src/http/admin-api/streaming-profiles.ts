import { ERRORS } from '../../errors.ts';
import {
  createProfile,
  deleteProfile,
  listProfiles,
  profileItem,
  profileView,
  requireProfile,
  updateProfile,
} from '../../streaming-profiles/profiles.ts';
import type { Operation } from '../operation.ts';

export const streamingProfiles: Operation = {
  name: 'list_streaming_profiles',
  method: 'GET',
  path: '/streaming_profiles',
  handle: async ({ app, cloud }) => ({ data: (await listProfiles(app, cloud)).map(profileItem) }),
};

export const streamingProfile: Operation = {
  name: 'get_streaming_profile',
  method: 'GET',
  path: '/streaming_profiles/:name',
  handle: async ({ app, cloud, path }) => ({ data: profileView(await requireProfile(app, cloud, path.name!)) }),
};

export const createStreamingProfile: Operation = {
  name: 'create_streaming_profile',
  method: 'POST',
  path: '/streaming_profiles',
  async handle({ app, cloud, params }) {
    const representations = params.json('representations');
    if (representations === undefined) throw ERRORS.MissingParameter('representations');
    const profile = await createProfile(app, cloud, {
      name: params.required('name'),
      displayName: params.text('display_name'),
      representations,
    });
    return { message: 'created', data: profileView(profile) };
  },
};

export const updateStreamingProfile: Operation = {
  name: 'update_streaming_profile',
  method: 'PUT',
  path: '/streaming_profiles/:name',
  async handle({ app, cloud, params, path }) {
    const profile = await updateProfile(app, cloud, path.name!, {
      displayName: params.text('display_name'),
      representations: params.json('representations'),
    });
    return { message: 'updated', data: profileView(profile) };
  },
};

export const deleteStreamingProfile: Operation = {
  name: 'delete_streaming_profile',
  method: 'DELETE',
  path: '/streaming_profiles/:name',
  async handle({ app, cloud, path }) {
    const profile = await deleteProfile(app, cloud, path.name!);
    return profile.predefined
      ? { message: 'reverted', data: profileView(await requireProfile(app, cloud, profile.name)) }
      : { message: 'deleted' };
  },
};
