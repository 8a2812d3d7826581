import type { IncomingMessage } from 'node:http';
import { bareName } from '@signet/signing';
import { MEMORY_BYTES } from '../blobs/spool.ts';
import { ERRORS } from '../errors.ts';
import type { Field, FileParameter, FileSink, Form, FormLimits, ReadFormOptions } from './form.ts';

const MB = 1_000_000;

export const DEFAULT_LIMITS: FormLimits = {
  fileBytes: 20_000 * MB,
  requestBytes: 20_100 * MB,
  fileTextBytes: 100 * MB,
  fieldBytes: 2 * MB,
  allFieldsBytes: 16 * MB,
  fields: 2000,
  nameBytes: 256,
  parts: 2048,
  headerBytes: 16_384,
  boundary: 70,
};

/** What the readers of the encodings share: collecting, limits, and the moments of judgement. */
export class FormBuilder {
  readonly limits: FormLimits;
  readonly options: ReadFormOptions;
  readonly #request: IncomingMessage;
  readonly #query: Field[] = [];
  readonly #body: Field[] = [];
  readonly #names: ReadonlySet<string>;
  #fieldsBytes = 0;
  #file: FileParameter | undefined;
  #fieldsBeforeFile: number | undefined;
  #accepted = -1;
  #sinkUsed = false;
  /** Bytes of the body seen so far. */
  received = 0;

  constructor(request: IncomingMessage, options: ReadFormOptions) {
    this.#request = request;
    this.options = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#names = new Set(options.fileFields ?? ['file']);
  }

  /** Whether a parameter of this name carries the file. @throws for `file[]` */
  isFile(name: string): boolean {
    if (this.#names.has(name)) return true;
    if (this.#names.has(bareName(name))) throw ERRORS.FileArray();
    return false;
  }

  count(bytes: number): void {
    this.received += bytes;
    if (this.received > this.limits.requestBytes) throw ERRORS.RequestTooLarge();
  }

  add(field: Field): void {
    const { limits } = this;
    if (field.name === '') throw ERRORS.BadRequest('Expected a name for every parameter but received an empty one');
    if (Buffer.byteLength(field.name) > limits.nameBytes)
      throw ERRORS.BadRequest(
        `Parameter name ${field.name.slice(0, 40)}… is too long. Maximum is ${limits.nameBytes} bytes`,
      );
    const bytes = Buffer.byteLength(field.value);
    if (bytes > limits.fieldBytes) throw this.tooLong(field.name);
    this.#fieldsBytes += bytes;
    if (this.#fieldsBytes > limits.allFieldsBytes)
      throw ERRORS.BadRequest(`Parameters are too long. Maximum is ${limits.allFieldsBytes} bytes for all of them`);
    if (this.#query.length + this.#body.length >= limits.fields) throw this.tooMany();
    (field.from === 'query' ? this.#query : this.#body).push(field);
  }

  tooLong(name: string) {
    return ERRORS.BadRequest(`Parameter ${name} is too long. Maximum is ${this.limits.fieldBytes} bytes`);
  }

  tooMany() {
    return ERRORS.BadRequest(`Too many parameters. Maximum is ${this.limits.fields}`);
  }

  /** The body's parameters win over those of the query string: a parameter given twice is not a list of two. */
  fields(): readonly Field[] {
    if (this.#query.length === 0) return this.#body;
    const inBody = new Set(this.#body.map((field) => bareName(field.name)));
    return [...this.#query.filter((field) => !inBody.has(bareName(field.name))), ...this.#body];
  }

  get #count(): number {
    return this.#query.length + this.#body.length;
  }

  /** A second file would silently win or lose, so it is refused. */
  fileBegins(): void {
    if (this.#fieldsBeforeFile !== undefined) throw ERRORS.BadRequest('Expected one file but received several');
    this.#fieldsBeforeFile = this.fields().length;
  }

  setFile(file: FileParameter): void {
    this.#file = file;
  }

  /**
   * Judges the parameters before the file is read. A refusal of a short body is left to {@link judgeAtEnd}: parameters
   * that follow the file may be what is missing, and reading a megabyte costs nothing.
   */
  async judgeBeforeFile(): Promise<void> {
    const { onFieldsComplete, decisive = ['signature'] } = this.options;
    const fields = this.fields();
    if (!onFieldsComplete || !fields.some((field) => decisive.includes(field.name))) return;
    const known = this.#count;
    try {
      await onFieldsComplete(fields, 'before-file');
      this.#accepted = known;
    } catch (error) {
      const length = this.#request.headers['content-length'];
      const remaining = length === undefined ? Number.POSITIVE_INFINITY : Number(length) - this.received;
      if (remaining > MEMORY_BYTES) throw error;
    }
  }

  async judgeAtEnd(): Promise<void> {
    if (this.#accepted !== this.#count) await this.options.onFieldsComplete?.(this.fields(), 'end', this.#file);
  }

  /** Where the bytes of the file go; `done` tells what became of them. */
  openSink(): { sink: FileSink; done(about: Omit<FileParameter & { kind: 'bytes' }, 'kind' | 'file'>): Promise<void> } {
    const { sink, store } = this.options;
    if (sink) {
      this.#sinkUsed = true;
      let bytes = 0;
      return {
        sink: {
          write(chunk) {
            bytes += chunk.byteLength;
            return sink.write(chunk);
          },
          end: () => sink.end(),
          abort: () => sink.abort(),
        },
        done: async ({ dataUri: _, ...about }) => {
          await sink.end();
          this.setFile({ kind: 'written', ...about, bytes });
        },
      };
    }
    const spool = store.spool();
    return {
      sink: spool,
      done: async (about) => this.setFile({ kind: 'bytes', ...about, file: await spool.end() }),
    };
  }

  result(): Form {
    const fields = this.fields();
    return {
      fields,
      file: this.#file,
      fieldsBeforeFile: this.#fieldsBeforeFile ?? fields.length,
      discard: () => this.discard(),
    };
  }

  async discard(): Promise<void> {
    if (this.#file?.kind === 'bytes') await this.#file.file.discard();
    if (this.#sinkUsed) await this.options.sink?.abort();
  }
}
