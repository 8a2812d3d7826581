/** What every answer of the server carries, whatever it is about. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'X-Cld-Error, X-Signet-Diagnosis, X-Request-Id, Content-Length, Content-Range, ETag, Server-Timing',
  'Timing-Allow-Origin': '*',
  'X-Content-Type-Options': 'nosniff',
};
