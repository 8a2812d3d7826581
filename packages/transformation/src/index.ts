/**
 * The transformation language: URL paths and transformation strings ⇄ syntax tree, every parameter as data, and the plan:
 * source facts + tree + client hints → ordered steps with exact sizes. Pure: no pixels, no I/O, no dependency.
 *
 * ```ts
 * const tree = expand(parse('c_fill,w_200,h_200/t_look'), (name) => definitions.get(name));
 * const needed = references(tree).layers;
 * const plan = evaluate(tree, { facts, hints, format: 'jpg', layers });
 * ```
 */

export { parseColor } from './colors.ts';
export { type Description, describeParameters, type Reference } from './describe.ts';
export { effectIsColorOnly } from './effects.ts';
export { TransformationError } from './errors.ts';
export { canonicalFormat, FORMATS, type FormatSpec, formatSpec } from './formats.ts';
export { DEFAULT_TEXT_STYLE, parseTextStyle } from './layer.ts';
export {
  fromParams,
  type ParamsObject,
  parseEager,
  parseStored,
  type StoredTransformation,
  toParams,
} from './long-form.ts';
export { OBJECTS, objectsOf } from './objects.ts';
export { isParamName, PARAMS, type ParamName } from './params.ts';
export { LIMITS, parse } from './parse.ts';
export { DEFAULT_SETTINGS, layerKey, type PlanContext, type PlanSettings } from './plan/context.ts';
export { continuePlan, evaluate } from './plan/evaluate.ts';
export {
  boundingBox,
  fallbackCompass,
  focusBox,
  layerRegion,
  placeLayer,
  regionRelativeSize,
  resolveCover,
  resolveCrop,
  resolveSmartPad,
} from './plan/geometry.ts';
export { accepts, type Negotiation, negotiateFormat, negotiateVideo } from './plan/negotiate.ts';
export type * from './plan/types.ts';
export { normalize, print } from './print.ts';
export { type References, references } from './references.ts';
export { expand, type NamedLookup } from './structure.ts';
export type { Component, Item, Transformation } from './syntax.ts';
export { percentDecode } from './text.ts';
export {
  DELIVERY_TYPES,
  type DeliveryPath,
  type DeliveryType,
  type ListPath,
  type PathOptions,
  type PathParts,
  parseDeliveryPath,
  parseSource,
  printDeliveryPath,
  REMOTE_TYPES,
  type SourceCandidate,
} from './url.ts';
