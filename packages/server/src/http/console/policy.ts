/**
 * Content-Security-Policy of our pages. Nothing is loaded from elsewhere; pictures and films may come from the public
 * URL of the server when that is another origin than the one the page was opened at.
 */
const join = (parts: Readonly<Record<string, string>>): string =>
  Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');

const origin = (publicUrl: string): string => (publicUrl === '' ? '' : ` ${new URL(publicUrl).origin}`);

const consolePolicy = (publicUrl: string): string =>
  join({
    'default-src': "'self'",
    'img-src': `'self' data: blob:${origin(publicUrl)}`,
    'media-src': `'self' blob:${origin(publicUrl)}`,
    'style-src': "'self'",
    'script-src': "'self'",
    'connect-src': `'self'${origin(publicUrl)}`,
    'worker-src': "'self' blob:",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-src': "'self'",
    'frame-ancestors': "'none'",
  });

/** The player page is made to be framed by any site, and takes addresses of films from its query. */
export const playerPolicy = (): string =>
  join({
    'default-src': "'self'",
    'img-src': "'self' data: blob: https: http:",
    'media-src': "'self' blob: https: http:",
    'style-src': "'self'",
    'script-src': "'self'",
    'font-src': "'self' data:",
    'connect-src': "'self' https: http:",
    'worker-src': "'self' blob:",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': '*',
  });

const SENSITIVE: Readonly<Record<string, string>> = {
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
  'Permissions-Policy': 'camera=(self), microphone=(), geolocation=()',
};

export const consoleHeaders = (publicUrl: string): Readonly<Record<string, string>> => ({
  'Content-Security-Policy': consolePolicy(publicUrl),
  ...SENSITIVE,
});
