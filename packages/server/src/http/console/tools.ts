import {
  buildCurl,
  collectParams,
  encodeDeliverySource,
  explainSignature,
  parseFailedRequest,
  signDelivery,
  signDownloadQuery,
  signUpload,
} from '@signet/signing';
import { UPLOAD_PARAMETERS } from '../../assets/parameters.ts';
import { type ConsoleRoute, refuse } from './route.ts';

/** Parameters that belong to the call itself and not to the table of upload options. */
const CALL_PARAMETERS = ['timestamp', 'source', 'upload_preset', 'callback', 'async', 'notification_url'];

const isUploadParameter = (name: string): boolean =>
  Object.hasOwn(UPLOAD_PARAMETERS, name) || CALL_PARAMETERS.includes(name);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Signs parameters of an upload for the browser, which then sends the file itself. */
const sign: ConsoleRoute = {
  name: 'console_sign',
  method: 'POST',
  path: '/sign',
  async handle({ app, account, params: read }) {
    const given = (await read()).json('params') ?? {};
    if (!isObject(given)) throw refuse(400, 'Expected params as an object');
    for (const name of Object.keys(given))
      if (!isUploadParameter(name)) throw refuse(403, `Expected parameters of an upload but received ${name}`);
    const { cloud, key } = account;
    const params = { timestamp: Math.floor(app.clock() / 1000), ...collectParams(given) };
    const { signature } = signUpload(params, key.api_secret);
    return { params, signature, api_key: key.api_key, cloud_name: cloud.name };
  },
};

/** Makes a signature by form, with the string that was signed and a cURL command that works when pasted. */
const makeSignature: ConsoleRoute = {
  name: 'console_make_signature',
  method: 'POST',
  path: '/signature',
  async handle({ app, account, origin, params: read }) {
    const body = await read();
    const given = body.json('params') ?? {};
    if (!isObject(given)) throw refuse(400, 'Expected params as an object');
    const algorithm = body.text('algorithm') ?? 'sha1';
    if (algorithm !== 'sha1' && algorithm !== 'sha256') throw refuse(400, 'Expected sha1 or sha256 as algorithm');
    const resourceType = body.text('resource_type') ?? 'auto';
    if (!/^(image|video|raw|auto)$/.test(resourceType)) throw refuse(400, 'Expected image, video, raw or auto');
    const { cloud, key } = account;
    const params = { timestamp: Math.floor(app.clock() / 1000), ...given };
    const { signature, stringToSign } = signUpload(params, key.api_secret, { algorithm });
    const uploadUrl = `${origin}/v1_1/${cloud.name}/${resourceType}/upload`;
    return {
      signature,
      string_to_sign: stringToSign,
      timestamp: Number(params.timestamp),
      api_key: key.api_key,
      upload_url: uploadUrl,
      curl: buildCurl(
        { ...params, signature },
        { uploadUrl, file: body.text('file') ?? 'picture.jpg', apiKey: key.api_key },
      ),
    };
  },
};

/** Reads a pasted request and says which mistake made its signature wrong. Needs the secrets, so it runs here. */
const explain: ConsoleRoute = {
  name: 'console_explain',
  method: 'POST',
  path: '/explain',
  async handle({ app, account, params: read }) {
    const text = (await read()).required('text');
    const parsed = parseFailedRequest(text);
    if (parsed === undefined)
      throw refuse(
        400,
        'Expected a cURL command, fetch, a form, JSON, lines of name=value, or the error text of the server, but could read none of these',
      );
    const { cloud } = account;
    const { db } = app.catalog;
    const presets = await db
      .selectFrom('upload_presets')
      .select('name')
      .where('cloud', '=', cloud.name)
      .limit(50)
      .execute();
    const folders = await db.selectFrom('folders').select('path').where('cloud', '=', cloud.name).limit(50).execute();
    const keys = await app.accounts.keysOf(cloud.name);
    const diagnosis = explainSignature(parsed, {
      secrets: keys.map(({ api_key, api_secret }) => ({ apiKey: api_key, secret: api_secret })),
      cloudName: cloud.name,
      presets: presets.map(({ name }) => name),
      folders: folders.map(({ path }) => path),
      now: Math.floor(app.clock() / 1000),
    });
    const { kind, params, signature, apiKey, url } = parsed;
    return { request: { kind, params, signature, api_key: apiKey, url }, diagnosis };
  },
};

/** A signed address that answers a zip of the chosen assets. */
const archive: ConsoleRoute = {
  name: 'console_archive',
  method: 'POST',
  path: '/archive',
  async handle({ app, account, origin, params: read }) {
    const ids = (await read()).list('fully_qualified_public_ids') ?? [];
    if (ids.length === 0 || ids.length > 1000)
      throw refuse(400, `Expected 1 to 1000 assets but received ${ids.length}`);
    const { cloud, key } = account;
    const { query } = signDownloadQuery(
      { fully_qualified_public_ids: ids, mode: 'download', target_format: 'zip', allow_missing: true },
      { apiKey: key.api_key, secret: key.api_secret, now: Math.floor(app.clock() / 1000) },
    );
    return { url: `${origin}/v1_1/${cloud.name}/auto/generate_archive?${query}` };
  },
};

/** Sends the browser to the signed delivery address of an asset: private and authenticated ones need it. */
const media: ConsoleRoute = {
  name: 'console_media',
  method: 'GET',
  path: '/media/:asset_id',
  async handle({ app, account, origin, request, reply }) {
    const { asset_id } = request.params as Record<string, string>;
    const { t: transformation = '', format } = request.query as Record<string, string | undefined>;
    const { cloud, key } = account;
    const row = await app.catalog.db
      .selectFrom('assets')
      .select(['public_id', 'resource_type', 'type', 'format', 'version'])
      .where('cloud', '=', cloud.name)
      .where('asset_id', '=', asset_id!)
      .executeTakeFirst();
    if (row === undefined) throw refuse(404, `Resource not found - ${asset_id}`);
    const raw = row.resource_type === 'raw';
    const source = encodeDeliverySource(row.public_id, raw ? undefined : (format ?? row.format ?? undefined));
    const parts = transformation === '' ? { source } : { transformation, source };
    const path = [
      cloud.name,
      row.resource_type,
      row.type,
      `s--${signDelivery(parts, key.api_secret)}--`,
      ...(transformation === '' ? [] : [transformation]),
      `v${row.version}`,
      source,
    ].join('/');
    reply.redirect(`${origin}/${path}`, 302);
    return undefined;
  },
};

export const TOOL_ROUTES: readonly ConsoleRoute[] = [sign, makeSignature, explain, archive, media];
