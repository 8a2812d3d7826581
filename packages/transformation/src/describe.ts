import { CROPS, type CropSpec } from './crops.ts';
import { EFFECTS, type EffectSpec, type OptionSpec } from './effects.ts';
import { CHARACTERISTICS } from './expression.ts';
import { FLAGS, type FlagSpec } from './flags.ts';
import { FORMATS } from './formats.ts';
import { GRAVITIES } from './gravity.ts';
import { TEXT_STYLES } from './layer.ts';
import { PARAMS, type ParamName } from './params.ts';

/** One row of the reference page. */
export interface Description {
  /** `w`, `e_blur`, `c_fill`, `fl_relative`, `f_png` … */
  readonly name: string;
  /** Long name of a parameter; empty for values. */
  readonly long: string;
  readonly grammar: string;
  readonly default: string;
  readonly media: 'image' | 'video' | 'both';
  /** May stand inside a condition block. */
  readonly inIf: boolean;
  readonly doc: string;
  /** Transformation strings that parse. */
  readonly examples: readonly string[];
  /** Why this server answers 400, if it does. */
  readonly unavailable: string | null;
}

export interface Reference {
  readonly parameters: readonly Description[];
  readonly crops: readonly Description[];
  readonly gravities: readonly Description[];
  /** What may follow font and size of a text layer, and stand beside it. */
  readonly textStyles: readonly Description[];
  readonly effects: readonly Description[];
  readonly flags: readonly Description[];
  readonly formats: readonly Description[];
  /** What conditions and expressions may ask. */
  readonly characteristics: readonly Description[];
}

const row = (name: string, doc: string, more: Partial<Description> = {}): Description => ({
  name,
  long: '',
  grammar: '',
  default: '',
  media: 'image',
  inIf: true,
  examples: [],
  unavailable: null,
  ...more,
  doc,
});

function optionText(option: OptionSpec): string {
  switch (option.type) {
    case 'number':
      return `${option.name} ${option.min}..${option.max}${option.def === null ? '' : ` (${option.def})`}`;
    case 'word':
      return `${option.name} ${option.words.join('|')}${option.def === null ? '' : ` (${option.def})`}`;
    default:
      return `${option.name} ${option.type}${option.def === null ? '' : ` (${option.def})`}`;
  }
}

const NEEDS = {
  generative: 'needs a generative service',
  'add-on': 'needs an add-on',
  '3d': 'needs a 3D renderer',
} as const;

/** The tables of the language as rows: what parser, validation and plan read, for a generated reference page. */
export function describeParameters(): Reference {
  return {
    parameters: (Object.keys(PARAMS) as ParamName[]).map((name) => {
      const { long, grammar, default: fallback, media, inIf, doc, examples } = PARAMS[name];
      return row(name, doc, { long, grammar, default: fallback, media, inIf, examples });
    }),
    crops: Object.entries<CropSpec>(CROPS).map(([name, spec]) =>
      row(`c_${name}`, spec.doc, {
        grammar: `gravity: ${spec.gravity}${spec.auto ? ', auto' : ''}`,
        examples: [spec.example],
        unavailable: spec.addOn ? NEEDS['add-on'] : null,
      }),
    ),
    gravities: GRAVITIES.map(({ name, value, doc, example }) =>
      row(`g_${name}`, doc, {
        grammar: value,
        examples: example === null ? [] : [example],
        unavailable: example === null ? NEEDS['add-on'] : null,
      }),
    ),
    textStyles: TEXT_STYLES.map(({ name, doc, example }, n) =>
      row(`text-${n + 1}`, doc, { grammar: name, examples: [example] }),
    ),
    effects: Object.entries<EffectSpec>(EFFECTS).map(([name, spec]) =>
      row(`e_${name}`, spec.doc, {
        grammar: spec.options.map(optionText).join('; '),
        default: spec.color ? `co_${spec.color}` : '',
        media: spec.media,
        examples: [spec.example],
        unavailable: spec.unavailable ? NEEDS[spec.unavailable] : null,
      }),
    ),
    flags: Object.entries<FlagSpec>(FLAGS).map(([name, spec]) =>
      row(`fl_${name}`, spec.doc, {
        grammar: spec.option ? `option ${spec.option}` : '',
        media: spec.media ?? 'image',
        inIf: spec.inIf ?? false,
        examples: spec.example === undefined ? [] : [spec.example],
      }),
    ),
    formats: [...FORMATS].map(([name, spec]) =>
      row(`f_${name}`, spec.contentType, {
        grammar: spec.aliases.join(', '),
        media: spec.kind === 'image' || spec.kind === 'model' ? 'image' : 'video',
        inIf: false,
        unavailable: spec.output ? null : 'delivered as stored only',
      }),
    ),
    characteristics: Object.entries(CHARACTERISTICS).map(([name, { long, doc }]) =>
      row(name, doc, { long, media: 'both' }),
    ),
  };
}
