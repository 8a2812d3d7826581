/**
 * Every failure a client can see: one row each, with its HTTP status and the exact text SDKs read.
 *
 * The texts are the cloud's where they are known (Upload API reference, SDK tests, captured answers). The Upload API
 * keeps to 400, 401, 404 and 500, because the Node SDK drops the message of any other status (`lib/uploader.js`).
 */
export class SignetError extends Error {
  readonly code: string;
  readonly status: number;
  /** What helps a person but is not part of the wire format: goes to the log and, for signatures, to a header. */
  readonly detail: string | undefined;
  /** Extra members of the `error` object in the answer. */
  readonly extra: Record<string, unknown> | undefined;

  constructor(
    code: string,
    status: number,
    message: string,
    options: { detail?: string; cause?: unknown; extra?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SignetError';
    this.code = code;
    this.status = status;
    this.detail = options.detail;
    this.extra = options.extra;
  }
}

const row =
  <A extends unknown[]>(code: string, status: number, text: (...args: A) => string) =>
  (...args: A): SignetError =>
    new SignetError(code, status, text(...args));

/** What a client sent may be megabytes long; its beginning is enough to know it again. */
const shown = (value: string): string => (value.length > 1000 ? `${value.slice(0, 1000)}…` : value);

export const ERRORS = {
  // --- who is calling
  InvalidSignature: (signature: string, stringToSign: string, detail?: string) =>
    new SignetError(
      'InvalidSignature',
      401,
      `Invalid Signature ${signature}. String to sign - '${stringToSign}'.`,
      detail === undefined ? {} : { detail },
    ),
  StaleRequest: (reportedTime: string, detail?: string) =>
    new SignetError(
      'StaleRequest',
      400,
      `Stale request - reported time is ${reportedTime} which is more than 1 hour ago`,
      detail === undefined ? {} : { detail },
    ),
  /** The cloud's text for a timestamp ahead of its clock is not known; a client that sends milliseconds lands here. */
  FutureRequest: (reportedTime: string, detail?: string) =>
    new SignetError(
      'FutureRequest',
      400,
      `Invalid timestamp - reported time is ${reportedTime} which is in the future`,
      detail === undefined ? {} : { detail },
    ),
  UnknownApiKey: row('UnknownApiKey', 401, (key: string) => `Unknown API key ${key}`),
  ApiSecretMismatch: row('ApiSecretMismatch', 401, () => 'api_secret mismatch'),
  InvalidCloudName: row('InvalidCloudName', 401, (cloud: string) => `Invalid cloud_name ${cloud}`),
  InvalidToken: row('InvalidToken', 401, () => 'Invalid token'),
  InvalidCredentials: row('InvalidCredentials', 401, () => 'Invalid credentials'),
  Unauthorized: row('Unauthorized', 401, (message: string) => message),
  NotAllowed: row('NotAllowed', 403, (what: string) => what),

  // --- parameters
  MissingParameter: row('MissingParameter', 400, (name: string) => `Missing required parameter - ${name}`),
  InvalidParameter: (name: string, value: string, detail?: string) =>
    new SignetError(
      'InvalidParameter',
      400,
      `Invalid value ${shown(value)} for parameter ${name}`,
      detail === undefined ? {} : { detail },
    ),
  BadRequest: row('BadRequest', 400, (message: string) => message),
  IllegalValue: row('IllegalValue', 400, (value: string, name: string) => `Illegal value ${value} for ${name}`),

  // --- bytes on their way in
  EmptyFile: row('EmptyFile', 400, () => 'Empty file'),
  InvalidImageFile: row('InvalidImageFile', 400, () => 'Invalid image file'),
  UnsupportedVideo: row('UnsupportedVideo', 400, () => 'Unsupported video format or file'),
  FileTooLarge: row(
    'FileTooLarge',
    400,
    (got: number, max: number) => `File size too large. Got ${got}. Maximum is ${max}.`,
  ),
  LoadFailed: (url: string, reason: string, detail?: string) =>
    new SignetError('LoadFailed', 400, `Error in loading ${url} - ${reason}`, detail === undefined ? {} : { detail }),
  UnsupportedSource: row('UnsupportedSource', 400, (value: string) => `Unsupported source URL: ${value}`),
  FileArray: row('FileArray', 400, () => "Invalid file parameter. Make sure your file parameter does not include '[]'"),
  ChunkTooSmall: row('ChunkTooSmall', 400, () => 'All parts except EOF-chunk must be larger than 5mb'),
  // 400 and not 415: the Node SDK shows the text of 400, and of 415 only the number (NPM, `uploader.js`).
  UnsupportedBody: row(
    'UnsupportedBody',
    400,
    (type: string) =>
      `Expected multipart/form-data, application/x-www-form-urlencoded or application/json but received ${type.slice(0, 200)}`,
  ),
  RequestTooLarge: row('RequestTooLarge', 413, () => 'Request entity too large'),
  FormatNotAllowed: row(
    'FormatNotAllowed',
    400,
    (kind: string, format: string) => `${kind} file format ${format} not allowed`,
  ),

  // --- assets
  InvalidPublicId: row('InvalidPublicId', 400, (id: string) => `public_id (${shown(id)}) is invalid`),
  ResourceNotFound: row('ResourceNotFound', 404, (id: string) => `Resource not found - ${id}`),
  AlreadyExists: row('AlreadyExists', 400, (parameter: string, id: string) => `${parameter} ${id} already exists`),

  // --- transformations
  InvalidComponent: row(
    'InvalidComponent',
    400,
    (component: string) => `Invalid transformation component - ${component}`,
  ),
  InvalidTransformation: row('InvalidTransformation', 400, (message: string) => message),
  NoAddon: row(
    'NoAddon',
    400,
    (addon: string) =>
      `You don't have an active subscription for ${addon}. Go to Cloudinary add-ons page to subscribe.`,
  ),

  // --- management
  ExpiredCursor: row(
    'ExpiredCursor',
    400,
    (name: string, hours: number) =>
      `${name} has expired: cursors can be used for ${hours} hours. Start the list again without it`,
  ),
  NoSuchItem: row('NoSuchItem', 404, (message: string) => message),
  Conflict: row('Conflict', 409, (message: string) => message),
  FolderNotFound: row('FolderNotFound', 404, (path: string) => `Can't find folder with path ${path}`),
  RateLimited: row(
    'RateLimited',
    420,
    (limit: number, reset: string) =>
      `Rate Limit Exceeded. Limit of ${limit} api operations reached. Try again on ${reset}`,
  ),

  // --- search
  InvalidExpression: row(
    'InvalidExpression',
    400,
    (position: number, expected: string, found: string) =>
      `Invalid search expression at position ${position}: expected ${expected} but found ${found}`,
  ),

  // --- the server itself
  Unavailable: row('Unavailable', 503, (what: string) => what),
  /** `detail` names the bucket and its answer, for the log only. */
  StoreFailed: (detail: string) =>
    new SignetError('StoreFailed', 500, 'The store of this server cannot be used at the moment', { detail }),
  /** `detail` is what the disk said, for the log only. */
  DiskFull: (detail: string) => new SignetError('DiskFull', 500, 'The disk of this server is full', { detail }),
  Internal: row('Internal', 500, () => 'Internal server error'),
} as const;
