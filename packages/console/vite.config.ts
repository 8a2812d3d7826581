import { build, defineConfig, type InlineConfig, type Plugin } from 'vite';

/** Scripts for other sites: one file each, no module syntax, no hash in the name. */
const script = (entry: string, name: string, fileName: string, cssFileName?: string): InlineConfig => ({
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  root: import.meta.dirname,
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    target: 'es2022',
    cssMinify: true,
    lib: { entry, name, formats: ['iife'], fileName: () => fileName, ...(cssFileName ? { cssFileName } : {}) },
  },
});

const SCRIPTS = [
  script('src/widget/main.ts', 'signetWidget', 'widget/upload.js'),
  script('src/player/main.ts', 'signetPlayer', 'player/player.js', 'player/player'),
  script('src/player/embed.ts', 'signetEmbed', 'player/embed.js'),
];

const scripts = (): Plugin => ({
  name: 'scripts-for-other-sites',
  apply: 'build',
  async closeBundle() {
    for (const config of SCRIPTS) await build(config);
  },
});

export default defineConfig({
  base: '/console/',
  esbuild: { jsx: 'automatic' },
  build: {
    outDir: 'dist',
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  plugins: [scripts()],
});
