import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type MultipartUpload,
  PutObjectCommand,
  type PutObjectCommandInput,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { resumed } from './resumed.ts';
import type { S3Address } from './s3-address.ts';
import { type BlobStat, BlobStoreFailure, type ByteRange } from './store.ts';

const MB = 1024 * 1024;
/** Above it an object goes up in parts of this size: a part that fails is sent again without the others. */
const PART = 8 * MB;
/** S3 takes at most so many parts. */
const MOST_PARTS = 10_000;
/** Parts of one upload on their way, and large uploads at a time; the rest wait, so memory has a limit. */
const PARTS_AT_ONCE = 2;
const LARGE_AT_ONCE = 4;
/** Milliseconds without a byte after which an attempt has failed. To put many parts together takes a server longer. */
const SILENCE = 15_000;
const SILENCE_OF_LARGE = 300_000;
const AGENT = { keepAlive: true, maxSockets: 128 };
/** Larger objects cannot be copied in one call (CopyObject). */
const MOST_COPIED = 5 * 1024 * MB;

/** Bytes that can be read as often as an attempt needs them. */
export interface Source {
  readonly bytes: number;
  readonly memory?: Buffer | undefined;
  /** Digests in hexadecimal, which the server shall find too; each server compares those that it knows. */
  readonly sha256?: string;
  readonly md5?: string;
  openRead(): Readable;
}

export interface Listed extends BlobStat {
  /** Without the prefix of the bucket. */
  readonly key: string;
}

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

const reasonOf = (error: unknown): string => {
  const { name, message, code } = error as { name?: string; message?: string; code?: string };
  const status = statusOf(error);
  return [status && `status ${status}`, code ?? name, message].filter(Boolean).join(', ');
};

/**
 * S3 tells seconds. The last millisecond of the second errs on the safe side: nothing looks older than it is.
 */
const storedAtOf = (modified: Date | undefined): number => (modified?.getTime() ?? Date.now()) + 999;

const toBase64 = (hexadecimal: string): string => Buffer.from(hexadecimal, 'hex').toString('base64');

/** Lets so many run at a time. */
function createLimit(most: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

/**
 * The calls of S3 that are needed, below the prefix of the address. Attempts that may help are repeated by the SDK (three
 * in all, for what a network or a busy server does); what fails then is a {@link BlobStoreFailure}.
 */
export function openBucket({ bucket, prefix, region, endpoint, forcePathStyle }: S3Address) {
  const clientOf = (socketTimeout: number) =>
    new S3Client({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      forcePathStyle,
      followRegionRedirects: true,
      // Not every server knows the newer checksums; what is sent carries its SHA-256 all the same.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: 5_000, socketTimeout, httpAgent: AGENT, httpsAgent: AGENT },
    });
  const client = clientOf(SILENCE);
  const largeClient = clientOf(SILENCE_OF_LARGE);
  /** Whether the server refuses to replace an object when asked to; until it is known that it does not. */
  let knowsConditions = true;
  const limitLarge = createLimit(LARGE_AT_ONCE);
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + key });

  const failure = (doing: string, error: unknown): BlobStoreFailure =>
    new BlobStoreFailure(`Expected the bucket ${bucket} to ${doing} but received: ${reasonOf(error)}`, {
      cause: error,
    });

  const call = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw failure(doing, error);
    }
  };

  /** `undefined` when there is no such object; a missing bucket is a failure. */
  const orMissing = async <T>(doing: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      const { name } = error as Error;
      if (name === 'NoSuchKey' || name === 'NotFound') return undefined;
      throw failure(doing, error);
    }
  };

  const putWhole = async (key: string, source: Source, more: Partial<PutObjectCommandInput>): Promise<void> => {
    const Body = source.memory ?? Buffer.concat(await source.openRead().toArray());
    const { sha256, md5 } = source;
    const checksum = {
      ...(sha256 ? { ChecksumSHA256: toBase64(sha256) } : { ChecksumAlgorithm: 'CRC32' as const }),
      ...(md5 && { ContentMD5: toBase64(md5) }),
    };
    await client.send(new PutObjectCommand({ ...at(key), Body, ...checksum, ...more }));
  };

  const putLarge = async (key: string, source: Source, metadata: Record<string, string>): Promise<void> => {
    const Body = source.openRead();
    const upload = new Upload({
      client: largeClient,
      params: { ...at(key), Body, Metadata: metadata, ChecksumAlgorithm: 'CRC32' },
      partSize: Math.max(PART, Math.ceil(source.bytes / MOST_PARTS)),
      queueSize: PARTS_AT_ONCE,
    });
    await upload.done().finally(() => Body.destroy());
  };

  const get = async (key: string, range?: ByteRange): Promise<GetObjectCommandOutput | undefined | 'beyond'> => {
    const Range =
      range?.start === undefined && range?.end === undefined
        ? undefined
        : `bytes=${range.start ?? 0}-${range.end ?? ''}`;
    try {
      return await client.send(new GetObjectCommand({ ...at(key), Range }));
    } catch (error) {
      const { name } = error as Error;
      if (name === 'NoSuchKey' || name === 'NotFound') return undefined;
      if (name === 'InvalidRange' || statusOf(error) === 416) return 'beyond';
      throw failure('give an object', error);
    }
  };

  /** Uploads in parts that are not over. Some servers cannot list them (501), or answer 404 when there are none. */
  async function* unfinished(): AsyncGenerator<MultipartUpload> {
    let from: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> = {};
    for (;;) {
      const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...from });
      const page: ListMultipartUploadsCommandOutput | undefined = await client.send(command).catch((error: unknown) => {
        if (statusOf(error) === 501 || (error as Error).name === 'NoSuchUpload') return undefined;
        throw failure('list unfinished uploads', error);
      });
      yield* page?.Uploads ?? [];
      if (!page?.IsTruncated) return;
      from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
  }

  return {
    /** Proves that the bucket is there and lets us list, write and delete; learns whether it keeps to conditions. */
    async prove(): Promise<void> {
      const key = 'signet-may-write';
      const memory = Buffer.from('yes');
      const probe = { bytes: memory.length, memory, openRead: () => Readable.from([memory]) };
      await call('list its objects', () =>
        client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 })),
      );
      await this.put(key, probe);
      if (await this.putNew(key, probe)) knowsConditions = false;
      await this.delete(key);
    },

    /**
     * Makes this the store of one catalog: the server of another would sweep what it does not know.
     *
     * @throws {BlobStoreFailure} when it is another's
     */
    async claim(catalog: string): Promise<void> {
      const key = 'signet-catalog';
      const holder = async (): Promise<string | undefined> => {
        const found = await this.openRead(key);
        return found && String(Buffer.concat(await found.body.toArray()));
      };
      if ((await holder()) === undefined) {
        const memory = Buffer.from(catalog);
        const mark = { bytes: memory.length, memory, openRead: () => Readable.from([memory]) };
        if (!(await this.putNew(key, mark)) && !knowsConditions) await this.put(key, mark);
      }
      if ((await holder()) !== catalog)
        throw new BlobStoreFailure(
          `Expected a place of this catalog's own but s3://${bucket}/${prefix} belongs to another one, whose originals would be swept. Choose another prefix; or, when that catalog is no more, delete the object ${prefix}${key}`,
        );
    },

    /** @throws {BlobStoreFailure} when it does not answer within some seconds */
    async check(): Promise<void> {
      const abortSignal = AbortSignal.timeout(5_000);
      await call('answer', () =>
        client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }), { abortSignal }),
      );
    },

    async head(key: string): Promise<BlobStat | undefined> {
      const found = await orMissing('tell of an object', () => client.send(new HeadObjectCommand(at(key))));
      return found && { bytes: found.ContentLength ?? 0, storedAt: storedAtOf(found.LastModified) };
    },

    /** Stores an object; the server has compared the bytes with a checksum before this resolves. */
    async put(key: string, source: Source, metadata: Record<string, string> = {}): Promise<void> {
      await call('take an object', () =>
        source.bytes > PART
          ? limitLarge(() => putLarge(key, source, metadata))
          : putWhole(key, source, { Metadata: metadata }),
      );
    },

    /**
     * Stores an object that is probably new, in one call.
     *
     * @returns `false` when it has not been stored: there is one of this key, it is large, or the server cannot tell
     */
    async putNew(key: string, source: Source): Promise<boolean> {
      if (source.bytes > PART || !knowsConditions) return false;
      try {
        await putWhole(key, source, { IfNoneMatch: '*' });
        return true;
      } catch (error) {
        const status = statusOf(error);
        knowsConditions = status !== 501;
        if (status === 412 || status === 409 || status === 501) return false;
        throw failure('take an object', error);
      }
    },

    /**
     * Makes an object as young as one that was just stored, without its bytes. Not every server does it (versitygw leaves the
     * time as it is), so it is looked at.
     *
     * @param before what is known of it
     * @returns whether it is younger now; one that is gone or too large to be copied is not
     */
    async renew(key: string, before: BlobStat): Promise<boolean> {
      if (before.bytes > MOST_COPIED) return false;
      const CopySource = encodeURI(`${bucket}/${prefix}${key}`);
      await orMissing('renew an object', () =>
        client.send(new CopyObjectCommand({ ...at(key), CopySource, MetadataDirective: 'REPLACE' })),
      );
      const now = await this.head(key);
      return now !== undefined && now.storedAt > before.storedAt;
    },

    /**
     * The bytes of an object and its metadata. A range beyond the end has no bytes.
     * @returns `undefined` when there is no such object
     */
    async openRead(
      key: string,
      range?: ByteRange,
    ): Promise<{ body: Readable; bytes: number; metadata: Readonly<Record<string, string>> } | undefined> {
      const found = await get(key, range);
      if (found === undefined) return undefined;
      if (found === 'beyond') return { body: Readable.from([]), bytes: 0, metadata: {} };
      const { Body, ContentLength: bytes = 0, Metadata: metadata = {} } = found;
      const start = range?.start ?? 0;
      const rest = async (offset: number): Promise<Readable> => {
        const more = await get(key, { start: start + offset, end: start + bytes - 1 });
        if (typeof more === 'object') return more.Body as Readable;
        throw new BlobStoreFailure(`Expected ${bytes - offset} more bytes of an object that is gone`);
      };
      return { body: resumed(Body as Readable, bytes, rest), bytes, metadata };
    },

    /** Writes an object to a file. @returns its size and metadata, `undefined` when there is no such object */
    async download(
      key: string,
      path: string,
    ): Promise<{ bytes: number; metadata: Readonly<Record<string, string>> } | undefined> {
      const found = await this.openRead(key);
      if (found === undefined) return undefined;
      const { body, bytes, metadata } = found;
      const file = createWriteStream(path, { flags: 'w', mode: 0o640 });
      await call('give an object whole', () => pipeline(body, file));
      if (file.bytesWritten !== bytes)
        throw new BlobStoreFailure(`Expected ${bytes} bytes of an object but received ${file.bytesWritten}`);
      return { bytes, metadata };
    },

    async delete(key: string): Promise<void> {
      await call('delete an object', () => client.send(new DeleteObjectCommand(at(key))));
    },

    /** What lies below a folder. @param folder ends with a slash */
    async *list(folder: string): AsyncGenerator<Listed> {
      const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix + folder });
      try {
        for await (const { Contents = [] } of pages)
          for (const { Key = '', Size = 0, LastModified } of Contents)
            yield { key: Key.slice(prefix.length), bytes: Size, storedAt: storedAtOf(LastModified) };
      } catch (error) {
        throw failure('list its objects', error);
      }
    },

    unfinished,

    /** Ends uploads in parts that somebody began before a time and never finished. @returns how many */
    async abortUnfinished(before: number): Promise<number> {
      let aborted = 0;
      for await (const { Key, UploadId, Initiated } of unfinished()) {
        if (storedAtOf(Initiated) >= before) continue;
        await orMissing('abort an upload', () =>
          client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })),
        );
        aborted++;
      }
      return aborted;
    },

    close(): void {
      client.destroy();
      largeClient.destroy();
    },
  };
}

export type Bucket = ReturnType<typeof openBucket>;
