import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createAccounts } from './accounts/accounts.ts';
import { createTokens } from './accounts/tokens.ts';
import { addonJob } from './addons/addon-job.ts';
import { readAddons } from './addons/configured.ts';
import type { App } from './app.ts';
import { backgroundRemovalJob } from './assets/background-removal.ts';
import { eagerJobs } from './assets/eager-later.ts';
import { uploadJob } from './assets/upload-later.ts';
import { createCache } from './blobs/cache.ts';
import { openDiskStore } from './blobs/disk.ts';
import { type Catalog, openCatalog } from './catalog/catalog.ts';
import { type Config, ConfigError } from './config.ts';
import { holdFolder } from './data-folder.ts';
import type { Made } from './delivery/derive.ts';
import { createDerivedLog } from './delivery/derived-log.ts';
import { createImprovements } from './delivery/improve.ts';
import { createProxies, IN_MEMORY } from './delivery/proxies.ts';
import { createWriteBehind } from './delivery/write-behind.ts';
import { createChunks } from './ingest/chunks.ts';
import type { Inspector } from './ingest/inspect/inspector.ts';
import type { Remote } from './ingest/remote.ts';
import { createJobs, type JobKind, loadedLater } from './jobs/jobs.ts';
import { startSweeps } from './jobs/sweeps.ts';
import { createWebhooks } from './jobs/webhooks.ts';
import { createMetadata } from './metadata/metadata.ts';
import { createAudit } from './observe/audit.ts';
import { createLog, type Log } from './observe/log.ts';
import type { Detectors } from './render/image/focus.ts';
import type { Raster } from './render/image/raster.ts';
import type { ImageRenderer } from './render/image/renderer.ts';
import { createRender } from './render/renderer.ts';
import type { Films } from './render/video/film/films.ts';
import { createVideoWorkers } from './render/video/video-workers.ts';
import { openScratch } from './scratch.ts';
import { createScripts } from './scripting/scripts.ts';
import { createSingleFlight } from './single-flight.ts';
import { createTimeBudget } from './time-budget.ts';
import { triggerAddresses } from './triggers/triggers.ts';
import { createCounters } from './usage/usage.ts';

export interface Composition {
  readonly app: App;
  /** Stops what runs in the background and closes the catalog. */
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly config: Config;
  readonly log?: Log;
  readonly clock?: () => number;
}

/** Makes something with the first call; `made` answers it only when there has been one. Keeps the start short and small. */
function lazy<T>(make: () => Promise<T>) {
  let promise: Promise<T> | undefined;
  const get = (): Promise<T> => {
    promise ??= make();
    return promise;
  };
  return Object.assign(get, { made: async (): Promise<T | undefined> => promise });
}

/** PostgreSQL is only loaded where it is used: its driver costs time and memory at the start. */
const chooseCatalog = async (config: Config, data: string, log: Log): Promise<Catalog> =>
  config.catalog === ''
    ? openCatalog(join(data, 'catalog.sqlite'))
    : (await import('./catalog/postgres.ts')).openPostgres({ url: config.catalog, log });

/** The one place where parts are chosen and joined. */
export async function compose({
  config,
  log = createLog(config['log-level'], config['log-format']),
  clock = Date.now,
}: ComposeOptions): Promise<Composition> {
  const addons = readAddons(config.addons);
  const data = resolve(config.data);
  const letGo = holdFolder(data);
  const scratchFolder = await openScratch(data);
  const catalog = await chooseCatalog(config, data, log);
  const accounts = createAccounts(catalog, clock);
  const tokens = createTokens(catalog, clock);
  const audit = createAudit(catalog, clock, log);
  const metadata = createMetadata(catalog, clock);
  const development = config.mode === 'development';
  const derivedHere = createCache({
    folder: join(data, 'derived'),
    budget: config['derived-bytes'],
    hotBytes: config['hot-bytes'],
    log,
    clock,
  });
  const { blobs, derived, closeStores } =
    config.blobs === ''
      ? {
          blobs: await openDiskStore(join(data, 'blobs'), { shared: catalog.shared }),
          derived: derivedHere,
          closeStores: () => {},
        }
      : await (await import('./blobs/open-s3.ts')).openS3({
          config,
          catalog,
          data,
          derived: derivedHere,
          log,
          clock,
        });
  const chunks = createChunks({ folder: join(data, 'chunks') });
  const loadRemote = lazy(async () =>
    (await import('./ingest/remote.ts')).createRemote({
      store: blobs,
      allowPrivate: config['allow-private-sources'],
      hosts: config['remote-hosts'],
      production: !development,
      timeout: config['remote-timeout'] * 1000,
    }),
  );
  const remote: Remote = {
    load: async (url, request) => (await loadRemote()).load(url, request),
    close: async () => (await loadRemote.made())?.close(),
  };
  const pixelLimit = config['max-image-pixels'];
  const workers = createVideoWorkers({
    scratchFolder,
    pixelLimit,
    films: config['video-concurrency'],
    filmMegabytes: Math.ceil(config['video-memory'] / 1e6),
  });
  const scripts = createScripts();
  const neural = lazy(async () =>
    (await import('./render/neural/neural.ts')).createNeural({
      scratchFolder,
      model: config['background-removal-model'] === '' ? undefined : { path: config['background-removal-model'] },
    }),
  );
  const asPicture = ({ data, width, height }: Raster) => ({
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    width,
    height,
    channels: 4 as const,
  });
  const detectors: Detectors = {
    faces: async (picture, signal) => (await neural()).detectFaces(asPicture(picture), { signal }),
    objects: async (picture, signal) => (await neural()).detectObjects(asPicture(picture), { signal }),
  };
  const cacheFolder = join(data, 'fonts');
  const fonts = config.fonts === '' ? undefined : resolve(config.fonts);
  if (fonts !== undefined && !statSync(fonts, { throwIfNoEntry: false })?.isDirectory())
    throw new ConfigError(`Expected a folder with fonts but found none at ${fonts}`);
  // libvips is loaded with the first picture, and by the renderer: it must know the fonts before anybody else uses it.
  let renderer: ImageRenderer | undefined;
  const loadImages = lazy(async () => {
    const { createImageRenderer } = await import('./render/image/renderer.ts');
    const { foreignDecoder, foreignEncoder } = await import('./render/foreign-formats.ts');
    renderer = createImageRenderer({
      cacheFolder,
      fonts,
      limits: {
        inputPixels: pixelLimit,
        totalPixels: config['max-total-pixels'],
        outputPixels: config['max-output-pixels'],
        deadline: config['render-timeout'] * 1000,
      },
      concurrency: config['render-concurrency'] || undefined,
      queue: config['render-queue'],
      detectors,
      foregroundMask: async (picture, _options, signal) =>
        (await (await neural()).subjectMask(asPicture(picture), { signal })).data,
      extraDecoder: foreignDecoder(workers, scratchFolder),
      extraEncoder: foreignEncoder(workers),
    });
    return renderer;
  });
  const images: App['images'] = {
    render: async (plan, input) => (await loadImages()).render(plan, input),
    renderText: async (request) => (await loadImages()).renderText(request),
    proxy: async (source, options) => (await loadImages()).proxy(source, options),
    get load() {
      return renderer?.load ?? { running: 0, waiting: 0 };
    },
  };
  const proxyBytes = config['proxy-bytes'];
  const proxyCache =
    proxyBytes > 0
      ? createCache({ folder: join(data, 'proxies'), budget: proxyBytes, ...IN_MEMORY, log, clock })
      : undefined;
  const loadFilms = lazy(async () => {
    // The processes that make films inherit the choice of fonts.
    await loadImages();
    const { createFilms } = await import('./render/video/film/films.ts');
    return createFilms({
      workers,
      images,
      detectors,
      scratchFolder,
      cacheFolder,
      limits: {
        answerBytes: config['max-sync-video-bytes'],
        answerDeadline: config['video-timeout'] * 1000,
        jobDeadline: config['video-job-timeout'] * 1000,
      },
    });
  });
  const films: Films = {
    render: async (plan, request) => (await loadFilms()).render(plan, request),
    waveform: async (step, request) => (await loadFilms()).waveform(step, request),
  };
  const loadInspector = lazy(async () => {
    await loadImages();
    const { createInspector } = await import('./ingest/inspect/inspector.ts');
    return createInspector({ workers, pixelLimit, detectFaces: async (input) => (await neural()).detectFaces(input) });
  });
  const inspector: Inspector = {
    inspectFile: async (file, request) => (await loadInspector()).inspectFile(file, request),
    close: async () => (await loadInspector.made())?.close(),
  };
  const jobs = createJobs({ catalog, log, clock });
  const privateWebhooks = config['allow-private-webhooks'];
  const webhookAgent = lazy(async () =>
    (await import('./ingest/guard.ts')).guardedAgent({
      allowPrivate: privateWebhooks === 'on' || (privateWebhooks === 'development' && development),
    }),
  );
  const webhooks = createWebhooks({
    catalog,
    jobs,
    accounts,
    clock,
    algorithm: config['signature-algorithm'] === 'sha256' ? 'sha256' : 'sha1',
    dispatcher: webhookAgent,
    triggers: triggerAddresses,
  });
  const derivedWrites = createWriteBehind(derived, log);
  const derivedLog = createDerivedLog({ catalog, clock, log });
  const improvements = createImprovements({ log });
  const counters = createCounters({ catalog, clock, log });
  const loopback = ['127.0.0.1', '::1', 'localhost'].includes(config.host);
  const app: App = {
    config,
    log,
    clock,
    catalog,
    accounts,
    tokens,
    audit,
    metadata,
    blobs,
    derived,
    chunks,
    remote,
    inspector,
    addons,
    images,
    proxies: proxyCache && createProxies(proxyCache, { blobs, images }),
    workers,
    scripts,
    render: createRender({ images, films }),
    flights: createSingleFlight<Made>(({ kept }) => kept),
    derivedWrites,
    derivedLog,
    counters,
    improve: (delivered) => improvements.add(app, delivered),
    jobs,
    webhooks,
    diagnosis: config.diagnosis === 'on' || (config.diagnosis === 'loopback' && loopback),
    diagnosisTime: createTimeBudget({ reserve: 3_000, share: 0.05 }),
  };
  for (const kind of [
    uploadJob(app),
    ...eagerJobs(app),
    addonJob(app),
    backgroundRemovalJob(app),
    loadedLater({ name: 'archive', backoff: [5, 30] }, async () =>
      (await import('./archives/generate.ts')).archiveJob(app),
    ),
    loadedLater({ name: 'explode', backoff: [5, 30] }, async () =>
      (await import('./assembled/explode.ts')).explodeJob(app),
    ),
    loadedLater({ name: 'assemble', backoff: [5, 30] }, async () =>
      (await import('./assembled/later.ts')).assembleJob(app),
    ),
  ])
    jobs.register(kind as JobKind);
  await jobs.start();
  const stopSweeping = startSweeps(app);
  return {
    app,
    async close() {
      stopSweeping();
      await jobs.close();
      await improvements.close();
      await derivedWrites.close();
      await derivedLog.close();
      await counters.close();
      await audit.close();
      await Promise.all([
        loadImages.made().then((made) => made?.close()),
        workers.close(),
        scripts.close(),
        neural.made().then((made) => made?.close()),
        inspector.close(),
        remote.close(),
        chunks.close(),
        derived.close(),
        proxyCache?.close(),
        webhookAgent.made().then((agent) => agent?.close()),
      ]);
      await blobs.close();
      closeStores();
      await catalog.close();
      letGo();
    },
  };
}
