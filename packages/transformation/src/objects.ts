/**
 * What the object detector knows, by the categories of the set it was trained on (COCO, https://cocodataset.org). A
 * category in a URL stands for all of its objects (documentation, "Object-aware cropping").
 */
export const OBJECTS: Readonly<Record<string, readonly string[]>> = {
  person: ['person'],
  vehicle: ['bicycle', 'car', 'motorcycle', 'airplane', 'bus', 'train', 'truck', 'boat'],
  outdoor: ['traffic light', 'fire hydrant', 'stop sign', 'parking meter', 'bench'],
  animal: ['bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe'],
  accessory: ['backpack', 'umbrella', 'handbag', 'tie', 'suitcase'],
  sports: [
    ...['frisbee', 'skis', 'snowboard', 'sports ball', 'kite', 'baseball bat', 'baseball glove'],
    ...['skateboard', 'surfboard', 'tennis racket'],
  ],
  kitchen: ['bottle', 'wine glass', 'cup', 'fork', 'knife', 'spoon', 'bowl'],
  food: ['banana', 'apple', 'sandwich', 'orange', 'broccoli', 'carrot', 'hot dog', 'pizza', 'donut', 'cake'],
  furniture: ['chair', 'couch', 'potted plant', 'bed', 'dining table', 'toilet'],
  electronic: ['tv', 'laptop', 'mouse', 'remote', 'keyboard', 'cell phone'],
  appliance: ['microwave', 'oven', 'toaster', 'sink', 'refrigerator'],
  indoor: ['book', 'clock', 'vase', 'scissors', 'teddy bear', 'hair drier', 'toothbrush'],
};

/** Names that SDKs use for the same things (js-transformation-builder-sdk, qualifiers/focusOn). */
const ALSO: Readonly<Record<string, string>> = {
  aeroplane: 'airplane',
  motorbike: 'motorcycle',
  sofa: 'couch',
  tvmonitor: 'tv',
};

/** `potted plant`, `potted_plant` and `pottedplant` are the same. */
const key = (name: string): string => name.replaceAll(/[ _-]/g, '');

const CANONICAL: ReadonlyMap<string, string> = new Map([
  ...[...Object.keys(OBJECTS), ...Object.values(OBJECTS).flat()].map((name) => [key(name), name] as const),
  ...Object.entries(ALSO),
]);

/** The name of an object or category as this table has it. `coco_` in front names the model, as on the cloud. */
export const objectNamed = (word: string): string | null =>
  CANONICAL.get(key(word.replace(/^coco_(?:v\d+_)?/, ''))) ?? null;

/** The objects that a name of the table stands for: itself, or those of the category. */
export const objectsOf = (name: string): readonly string[] => (Object.hasOwn(OBJECTS, name) ? OBJECTS[name]! : [name]);

/** All of them, as they are written in URLs. */
export const OBJECT_NAMES: readonly string[] = Object.values(OBJECTS)
  .flat()
  .map((name) => name.replaceAll(' ', '_'));
