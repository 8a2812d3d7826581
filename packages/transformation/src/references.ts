import { type LayerValue, parseLiteralLayer } from './layer.ts';
import type { AssetRef } from './plan/types.ts';
import type { Component, Transformation } from './syntax.ts';

/** What a transformation needs to be looked up before it can be planned. */
export interface References {
  /** Names of named transformations, without `t_`, in order, each once. */
  readonly named: readonly string[];
  /** Layers, fonts, text presets, colour tables and profiles, each once. */
  readonly layers: readonly AssetRef[];
  /** `d_`: public ID with extension; the last one. */
  readonly placeholder: string | null;
}

type Texts = Map<string, Set<string>>;

const image = (publicId: string, type = 'upload'): AssetRef => ({
  resourceType: 'image',
  type,
  publicId,
  format: null,
});
const raw = (publicId: string, type: string): AssetRef => ({ resourceType: 'raw', type, publicId, format: null });

/**
 * Lists references without planning. Public IDs in variables are followed when the variable is a plain text; expand named
 * transformations first to see what they refer to.
 */
export function references(transformation: Transformation): References {
  const named = new Set<string>();
  const layers = new Map<string, AssetRef>();
  const texts: Texts = new Map();
  let placeholder: string | null = null;
  for (const component of transformation.components) {
    const { t, bl, d } = component.values;
    for (const name of [...(t ?? []), ...(bl ?? [])]) named.add(name);
    placeholder = d ?? placeholder;
    for (const ref of [...variableRefs(component, texts), ...valueRefs(component, texts)])
      layers.set(`${ref.resourceType}/${ref.type}/${ref.publicId}`, ref);
  }
  return { named: [...named], layers: [...layers.values()], placeholder };
}

/** Remembers what the variables hold, for the layers after them. */
function variableRefs({ variables }: Component, texts: Texts): AssetRef[] {
  const refs: AssetRef[] = [];
  for (const { name, value } of variables) {
    if (value.k !== 'str' && value.k !== 'ref') continue;
    const text = value.k === 'str' ? value.v : value.id;
    texts.set(name, (texts.get(name) ?? new Set()).add(text));
    if (value.k === 'ref') refs.push(image(value.id));
  }
  return refs;
}

function valueRefs({ values: { cs, l, u } }: Component, texts: Texts): AssetRef[] {
  const profile = cs?.startsWith('icc:') ? [raw(cs.slice(4), 'authenticated')] : [];
  const layers = [l, u].filter((value) => value !== undefined).flatMap((value) => resolve(value, texts));
  return [...profile, ...layers.flatMap(refsOf)];
}

/** Every reading of a layer whose ID is in a variable: which definition counts is only known when the plan is made. */
function resolve(value: LayerValue, texts: ReadonlyMap<string, ReadonlySet<string>>): LayerValue[] {
  if (value.kind !== 'deferred') return [value];
  let readings = [value.text];
  const isText = value.text.startsWith('text:');
  for (const [, name = ''] of value.text.matchAll(/\$([A-Za-z][A-Za-z0-9]*)/g)) {
    const fillings = [...(texts.get(name) ?? [])].slice(0, 20);
    readings = readings
      .flatMap((reading) =>
        fillings.map((filling) => reading.replace(`$${name}`, () => (isText ? filling : filling.replaceAll('/', ':')))),
      )
      .slice(0, 100);
  }
  return readings.map(parseLiteralLayer).filter((layer) => layer !== null);
}

function refsOf(layer: LayerValue): AssetRef[] {
  switch (layer.kind) {
    case 'deferred':
      return [];
    case 'lut':
      return [raw(layer.publicId, 'upload')];
    case 'subtitles':
      return [raw(layer.publicId, 'upload'), ...fontOf(layer.style?.fontFamily)];
    case 'text':
      return layer.preset === null ? fontOf(layer.style?.fontFamily) : [image(layer.preset, 'text')];
    default:
      return [
        {
          resourceType: layer.kind === 'image' ? 'image' : 'video',
          type: layer.type,
          publicId: layer.publicId,
          format: layer.format,
        },
      ];
  }
}

function fontOf(family: string | undefined): AssetRef[] {
  return family && /\.(?:ttf|otf|woff2?)$/i.test(family) ? [raw(family, 'authenticated')] : [];
}
