/** What the SDKs take for a remote source and not for a path (`lib/utils/isRemoteUrl.js`). */
export const isRemote = (file: string): boolean =>
  /^(ftp|https?|s3|gs):|^data:([\w-.]+\/[\w-.]+(\+[\w-.]+)?)?(;[\w-.]+=[\w-.]+)*;base64,/.test(file.slice(0, 120));
