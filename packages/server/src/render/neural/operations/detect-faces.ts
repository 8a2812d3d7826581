import { createRequire, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadTensorflow, type Tf } from './tensorflow.ts';

export interface DetectFacesRequest {
  /** Rows of RGB, 8 bit. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Confidence below which a face is not reported, 0–1. */
  readonly minConfidence: number;
  readonly maxFaces: number;
}

export interface Detection {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly score: number;
}

type Tensor = import('@tensorflow/tfjs-core').Tensor;

interface FaceApi {
  readonly nets: { readonly ssdMobilenetv1: { loadFromDisk(folder: string): Promise<void> } };
  readonly SsdMobilenetv1Options: new (options: { minConfidence: number; maxResults: number }) => object;
  readonly detectAllFaces: (
    input: Tensor,
    options: object,
  ) => PromiseLike<{ score: number; box: { x: number; y: number; width: number; height: number } }[]>;
}

/** Methods that face-api calls on tensors and that tfjs-core alone only offers as functions. */
const CHAINED = [
  'add',
  'cast',
  'concat',
  'div',
  'exp',
  'expandDims',
  'matMul',
  'max',
  'min',
  'mul',
  'pad',
  'relu',
].concat(['reshape', 'sigmoid', 'slice', 'squeeze', 'sub', 'tile', 'transpose', 'unstack']);

let loaded: Promise<{ tf: Tf; faces: FaceApi }> | undefined;

/** Loads the SSD MobileNet weights from their package's folder. */
async function load(): Promise<{ tf: Tf; faces: FaceApi }> {
  const require = createRequire(import.meta.url);
  const core = require.resolve('@tensorflow/tfjs-core');
  // face-api asks for the umbrella package (with WebGL, layers and data); its core is all that detection needs.
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@tensorflow/tfjs'
        ? { url: pathToFileURL(core).href, format: 'commonjs', shortCircuit: true }
        : next(specifier, context),
  });
  const tf = await loadTensorflow();
  const functions = tf as unknown as Record<string, (...args: unknown[]) => unknown>;
  const methods = tf.Tensor.prototype as unknown as Record<string, unknown>;
  for (const name of CHAINED) {
    methods[name] ??= function chained(this: Tensor, ...args: unknown[]) {
      return functions[name]!(this, ...args);
    };
  }
  for (const name of ['as3D', 'as4D']) {
    methods[name] ??= function reshaped(this: Tensor, ...shape: number[]) {
      return tf.reshape(this, shape);
    };
  }
  const faces = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as FaceApi;
  await faces.nets.ssdMobilenetv1.loadFromDisk(
    join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model'),
  );
  return { tf, faces };
}

/** Faces in pixels of the given picture, best first. */
export async function detectFaces(request: DetectFacesRequest): Promise<Detection[]> {
  loaded ??= load();
  const { tf, faces } = await loaded;
  const { data, width, height, minConfidence, maxFaces } = request;
  const input = tf.tensor3d(Int32Array.from(data), [height, width, 3], 'int32');
  try {
    const options = new faces.SsdMobilenetv1Options({ minConfidence, maxResults: maxFaces });
    const found = await faces.detectAllFaces(input, options);
    return found.map(({ score, box: { x, y, width: w, height: h } }) => ({ x, y, width: w, height: h, score }));
  } finally {
    input.dispose();
  }
}
