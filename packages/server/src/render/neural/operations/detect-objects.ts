import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Detection } from './detect-faces.ts';
import { loadTensorflow, type Tf } from './tensorflow.ts';

export interface DetectObjectsRequest {
  /** Rows of RGB, 8 bit. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Confidence below which an object is not reported, 0–1. */
  readonly minConfidence: number;
}

export interface DetectedObject extends Detection {
  /** As in `OBJECTS` of the language. */
  readonly name: string;
}

type Model = Awaited<ReturnType<typeof import('@tensorflow/tfjs-converter')['loadGraphModel']>>;
type Specs = import('@tensorflow/tfjs-core').io.WeightsManifestEntry[];

/** SSDLite on MobileNet 2: where it comes from stands beside it. */
const MODEL = new URL('../../../../models/objects/', import.meta.url);

let loaded: Promise<{ tf: Tf; model: Model }> | undefined;

async function load(): Promise<{ tf: Tf; model: Model }> {
  const tf = await loadTensorflow();
  const { loadGraphModel } = createRequire(import.meta.url)(
    '@tensorflow/tfjs-converter',
  ) as typeof import('@tensorflow/tfjs-converter');
  const [json, weights] = await Promise.all([
    readFile(new URL('model.json', MODEL), 'utf8'),
    readFile(new URL('weights.bin', MODEL)),
  ]);
  const { modelTopology, weightsManifest } = JSON.parse(json) as {
    modelTopology: object;
    weightsManifest: { weights: Specs }[];
  };
  const weightData = weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength) as ArrayBuffer;
  const weightSpecs = weightsManifest.flatMap(({ weights: specs }) => specs);
  const model = await loadGraphModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
  return { tf, model };
}

/** Classes of the model by their number, from 1: the numbers of COCO, some of which were never given away. */
const CLASSES: readonly (string | null)[] = [
  ...['person', 'bicycle', 'car', 'motorcycle', 'airplane', 'bus', 'train', 'truck', 'boat', 'traffic light'],
  ...['fire hydrant', null, 'stop sign', 'parking meter', 'bench', 'bird', 'cat', 'dog', 'horse', 'sheep'],
  ...['cow', 'elephant', 'bear', 'zebra', 'giraffe', null, 'backpack', 'umbrella', null, null],
  ...['handbag', 'tie', 'suitcase', 'frisbee', 'skis', 'snowboard', 'sports ball', 'kite', 'baseball bat'],
  ...['baseball glove', 'skateboard', 'surfboard', 'tennis racket', 'bottle', null, 'wine glass', 'cup', 'fork'],
  ...['knife', 'spoon', 'bowl', 'banana', 'apple', 'sandwich', 'orange', 'broccoli', 'carrot', 'hot dog'],
  ...['pizza', 'donut', 'cake', 'chair', 'couch', 'potted plant', 'bed', null, 'dining table', null, null],
  ...['toilet', null, 'tv', 'laptop', 'mouse', 'remote', 'keyboard', 'cell phone', 'microwave', 'oven'],
  ...['toaster', 'sink', 'refrigerator', null, 'book', 'clock', 'vase', 'scissors', 'teddy bear'],
  ...['hair drier', 'toothbrush'],
];

/** Boxes of one class that overlap by more than this share are the same object. */
const SAME = 0.5;

const overlap = (a: Detection, b: Detection): number => {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
};

/** Keeps the surest of the boxes that show the same object. */
function distinct(candidates: readonly DetectedObject[]): DetectedObject[] {
  const kept: DetectedObject[] = [];
  for (const candidate of [...candidates].sort((a, b) => b.score - a.score))
    if (!kept.some((other) => other.name === candidate.name && overlap(other, candidate) > SAME)) kept.push(candidate);
  return kept;
}

/** Objects in pixels of the given picture, the surest first. */
export async function detectObjects(request: DetectObjectsRequest): Promise<DetectedObject[]> {
  loaded ??= load();
  const { tf, model } = await loaded;
  const { data, width, height, minConfidence } = request;
  const input = tf.tensor4d(Int32Array.from(data), [1, height, width, 3], 'int32');
  // One row of class scores and one box (top, left, bottom, right, as shares of the sides) for each place it looks at.
  const outputs = (await model.executeAsync(input)) as import('@tensorflow/tfjs-core').Tensor[];
  try {
    const [scores, boxes] = (await Promise.all(outputs.slice(0, 2).map((output) => output.data()))) as [
      Float32Array,
      Float32Array,
    ];
    const classes = outputs[0]!.shape[2]!;
    const found: DetectedObject[] = [];
    for (const [at, score] of scores.entries()) {
      const name = CLASSES[at % classes];
      if (score < minConfidence || !name) continue;
      const place = Math.floor(at / classes) * 4;
      const [top, left, bottom, right] = [0, 1, 2, 3].map((side) => Math.min(1, Math.max(0, boxes[place + side]!))) as [
        number,
        number,
        number,
        number,
      ];
      const [x, y] = [left * width, top * height];
      found.push({ name, score, x, y, width: right * width - x, height: bottom * height - y });
    }
    return distinct(found);
  } finally {
    tf.dispose([input, ...outputs]);
  }
}
