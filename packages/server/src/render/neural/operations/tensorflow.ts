import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type Tf = typeof import('@tensorflow/tfjs-core');

const require = createRequire(import.meta.url);

let loaded: Promise<Tf> | undefined;

/** TensorFlow.js on WebAssembly, from the packages' folders; nothing comes from a network. */
export function loadTensorflow(): Promise<Tf> {
  loaded ??= (async () => {
    const tf = require('@tensorflow/tfjs-core') as Tf;
    const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out', '/'));
    await tf.setBackend('wasm');
    await tf.ready();
    return tf;
  })();
  return loaded;
}
