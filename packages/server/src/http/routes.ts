import type { FastifyInstance } from 'fastify';
import type { App } from '../app.ts';
import type { HotAnswers } from './delivery/hot-answers.ts';
import { registerDelivery } from './delivery/index.ts';
import { registerHealth } from './health.ts';
import { registerUpload } from './upload-api/upload.ts';

export type Register<T extends readonly unknown[] = []> = (
  server: FastifyInstance,
  app: App,
  ...more: T
) => void | Promise<void>;

/** Route areas that are loaded before the ready line: an upload and a delivery work at once. */
export const routes: readonly Register<[hot: HotAnswers]>[] = [registerHealth, registerUpload, registerDelivery];

/** Paths of all other areas. They are loaded with the first request below one of them: the start stays short and small. */
export const LATER_PATHS: readonly string[] = [
  '/',
  '/v1_1/*',
  '/v2/*',
  '/:cloud/search/*',
  '/:cloud/_applet_/video_service/*',
  '/favicon.ico',
  '/console',
  '/console/*',
  '/widget/upload.js',
  '/widget/global/all.js',
  '/widget/latest/global/all.js',
  '/player/embed',
  '/player/embed.js',
  '/player/player.js',
  '/player/player.css',
];
