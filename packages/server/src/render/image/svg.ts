import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import type { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { refuse } from './problem.ts';

/**
 * SVG made safe, for delivery as SVG and before it is rasterised: what is not in the lists below is dropped.
 *
 * Attacks this stops: scripts and event handlers, `javascript:` links, HTML through `foreignObject`, entity expansion and
 * external entities (the DOCTYPE goes, unknown entities with it), requests to other hosts or local files (every reference
 * must point inside the document or be a `data:` raster picture), CSS imports, and `use` chains that grow exponentially.
 */

const ELEMENTS = new Set(
  (
    'svg g defs symbol use title desc metadata switch a view style path rect circle ellipse line polyline polygon text ' +
    'tspan textPath tref image marker pattern linearGradient radialGradient stop clipPath mask filter feBlend ' +
    'feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight ' +
    'feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology ' +
    'feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence animate animateMotion animateTransform ' +
    'mpath set'
  ).split(' '),
);

/** Elements whose animated or assigned attribute must not be a link. */
const ANIMATIONS = new Set(['animate', 'animateMotion', 'animateTransform', 'set']);

const BUILT_IN: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: '\u00a0' };

const MAX_ELEMENTS = 50_000;
const MAX_DEPTH = 200;
const MAX_SIDE = 1_000_000;
/** Elements drawn once every `use` is followed. */
const MAX_DRAWN = 200_000;

type Node = Record<string, unknown>;
type Attributes = Record<string, string>;

let loaded: { parser: XMLParser; builder: XMLBuilder } | undefined;

/** Made with the first SVG: most servers never see one. */
function xml(): { parser: XMLParser; builder: XMLBuilder } {
  if (loaded !== undefined) return loaded;
  const fast = createRequire(import.meta.url)('fast-xml-parser') as typeof import('fast-xml-parser');
  const parser = new fast.XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    processEntities: false,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    commentPropName: '#comment',
    cdataPropName: '#cdata',
    allowBooleanAttributes: false,
  });

  const builder = new fast.XMLBuilder({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    processEntities: false,
    suppressEmptyNode: true,
    suppressBooleanAttributes: false,
  });
  loaded = { parser, builder };
  return loaded;
}

const decodeEntities = (text: string): string =>
  text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (_, name: string) => {
    if (!name.startsWith('#')) return BUILT_IN[name] ?? '';
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '';
  });

/** Control characters are not XML; everything with a meaning in markup is written as an entity. */
const encodeEntities = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to drop
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');

const squeeze = (value: string): string =>
  [...value]
    .filter((char) => char > ' ' && char !== '\u00a0')
    .join('')
    .toLowerCase();

/** `#id` or a raster picture in the document itself. */
const isSafeReference = (value: string): boolean =>
  /^#/.test(value.trim()) || /^data:image\/(png|jpe?g|gif|webp);base64,/.test(squeeze(value));

/** CSS may point at fragments of the document, nothing else; escapes are refused because they can hide `url(`. */
function isSafeCss(css: string): boolean {
  if (css.includes('\\')) return false;
  const flat = squeeze(css.replace(/\/\*[\s\S]*?(\*\/|$)/g, ''));
  if (
    /@import|@font-face|@charset|expression\(|javascript:|-moz-binding|behavior:|image\(|image-set\(|src\(/.test(flat)
  )
    return false;
  return (
    [...flat.matchAll(/url\((['"]?)(.*?)\1\)/g)].every((match) => isSafeReference(match[2]!)) &&
    !/url\([^)]*$/.test(flat)
  );
}

/** What is safe of an element's attributes. @param found counts what is dropped */
function cleanAttributes(element: string, attributes: Attributes, found: Findings): Attributes {
  const clean: Attributes = {};
  for (const [name, raw] of Object.entries(attributes)) {
    const value = decodeEntities(raw);
    const local = name.replace(/^.*:/, '').toLowerCase();
    if (!/^[a-z_][\w.:-]*$/i.test(name) || local.startsWith('on')) continue;
    if (name.startsWith('xmlns')) {
      if (/^https?:\/\/[\w./#-]*$/.test(value)) clean[name] = encodeEntities(value);
      continue;
    }
    if (local === 'base') continue;
    if ((local === 'href' || local === 'src') && !isSafeReference(value)) continue;
    if (ANIMATIONS.has(element) && local === 'attributename' && /href|^on|style/i.test(value)) {
      found.dropped++;
      return {};
    }
    if (
      /javascript:|vbscript:/.test(squeeze(value)) ||
      !isSafeCss(value.includes('url') || local === 'style' ? value : '')
    )
      continue;
    clean[name] = encodeEntities(value);
  }
  found.dropped += Object.keys(attributes).length - Object.keys(clean).length;
  return clean;
}

interface Findings {
  elements: number;
  /** Elements, attributes and instructions left out because they are in no list. */
  dropped: number;
}

function cleanNode(node: Node, depth: number, found: Findings): Node | undefined {
  if ('#text' in node) return { '#text': encodeEntities(decodeEntities(String(node['#text']))) };
  if ('#cdata' in node) {
    const inner = (node['#cdata'] as Node[]).map((part) => String(part['#text'] ?? '')).join('');
    return { '#text': encodeEntities(inner) };
  }
  const tag = Object.keys(node).find((key) => key !== ':@');
  if (tag === undefined || tag.startsWith('#')) return undefined;
  const name = tag.replace(/^svg:/, '');
  if (!ELEMENTS.has(name)) {
    found.dropped++;
    return undefined;
  }
  if (++found.elements > MAX_ELEMENTS || depth > MAX_DEPTH)
    throw refuse('SVG is too complex: too many or too deeply nested elements');
  const attributes = cleanAttributes(name, (node[':@'] ?? {}) as Attributes, found);
  let children: Node[] = (node[tag] as Node[]).flatMap((child): Node[] => {
    const clean = cleanNode(child, depth + 1, found);
    return clean ? [clean] : [];
  });
  if (name === 'style') {
    const css = decodeEntities(children.map((child) => String(child['#text'] ?? '')).join(''));
    if (!isSafeCss(css)) found.dropped++;
    children = isSafeCss(css) ? [{ '#text': encodeEntities(css) }] : [];
  }
  return { [tag]: children, ':@': attributes };
}

/** Elements drawn when every `use` is followed; refuses documents that pass the bound (a chain of `use` doubles per level). */
function checkUses(root: Node): void {
  const byId = new Map<string, Node>();
  const collect = (node: Node): void => {
    const tag = Object.keys(node).find((key) => key !== ':@' && !key.startsWith('#'));
    if (!tag) return;
    const id = (node[':@'] as Attributes | undefined)?.id;
    if (id !== undefined) byId.set(id, node);
    for (const child of node[tag] as Node[]) collect(child);
  };
  collect(root);
  const cost = new Map<Node, number>();
  const measure = (node: Node, depth: number): number => {
    const tag = Object.keys(node).find((key) => key !== ':@' && !key.startsWith('#'));
    if (!tag) return 0;
    const known = cost.get(node);
    if (known !== undefined) return known;
    cost.set(node, 1); // a cycle counts once; librsvg stops there by itself
    let sum = 1;
    const attributes = (node[':@'] ?? {}) as Attributes;
    for (const [name, value] of Object.entries(attributes)) {
      const target = /(^|:)href$/.test(name) ? value.trim().slice(1) : /url\(['"]?#([^)'"]+)/.exec(value)?.[1];
      const node2 = target === undefined ? undefined : byId.get(target);
      if (node2 && depth < MAX_DEPTH) sum += measure(node2, depth + 1);
    }
    for (const child of node[tag] as Node[]) sum += measure(child, depth + 1);
    if (sum > MAX_DRAWN) throw refuse('SVG is too complex: its references draw too many elements');
    cost.set(node, sum);
    return sum;
  };
  measure(root, 0);
}

/** The cleaned document: {@link cleanSvg} as text. */
export const sanitizeSvg = (bytes: Uint8Array, maxBytes?: number): string =>
  Buffer.from(cleanSvg(bytes, maxBytes)).toString();

/** A document that every reader takes as the same UTF-8 text, without definitions of its own. */
const isPlain = (bytes: Uint8Array, text: string): boolean =>
  bytes[0] !== 0x1f &&
  bytes[0] !== 0xff &&
  bytes[0] !== 0xfe &&
  !/<!DOCTYPE[^>]*\[|<!ENTITY/i.test(text) &&
  !/^\s*<\?xml[^>]*encoding=(?!["']utf-8["'])/i.test(text);

/**
 * The cleaned document. One that has nothing to drop is answered byte for byte, so that its hash stays what it was.
 *
 * @param bytes SVG, UTF-8 or UTF-16, possibly gzip-compressed (`.svgz`).
 * @param maxBytes bound on the text after decompression. Default 10 million.
 * @throws 400 when it is no SVG, too large or too complex.
 */
export function cleanSvg(bytes: Uint8Array, maxBytes = 10_000_000): Uint8Array {
  const decoded = decodeText(bytes, maxBytes);
  const text = decoded.replace(/<!DOCTYPE[^>[]*(\[[\s\S]*?\]\s*)?>/gi, '');
  let nodes: Node[];
  try {
    nodes = xml().parser.parse(text) as Node[];
  } catch {
    throw refuse('Invalid SVG file: it is not well-formed XML');
  }
  const root = nodes.find((node) => 'svg' in node || 'svg:svg' in node);
  const found: Findings = { elements: 0, dropped: 0 };
  const clean = root && cleanNode(root, 0, found);
  if (!clean) throw refuse('Invalid SVG file: no svg element at the top');
  checkUses(clean);
  const attributes = clean[':@'] as Attributes;
  for (const side of ['width', 'height'] as const) {
    // librsvg's own arithmetic overflows beyond this, before the pixel limit is looked at.
    if (Number.parseFloat(attributes[side] ?? '0') > MAX_SIDE)
      throw refuse(`SVG is too large. Maximum ${side} is ${MAX_SIDE}.`);
  }
  const beside = nodes.some((node) => node !== root && !('#text' in node || '#comment' in node || '?xml' in node));
  if (found.dropped === 0 && !beside && attributes.xmlns !== undefined && isPlain(bytes, decoded)) return bytes;
  if ('svg' in clean && !attributes.xmlns) attributes.xmlns = 'http://www.w3.org/2000/svg';
  return Buffer.from(String(xml().builder.build([clean])));
}

function decodeText(bytes: Uint8Array, maxBytes: number): string {
  let raw = bytes;
  if (raw[0] === 0x1f && raw[1] === 0x8b) {
    try {
      raw = gunzipSync(raw, { maxOutputLength: maxBytes });
    } catch {
      throw refuse(`Invalid SVG file: it cannot be decompressed within ${maxBytes} bytes`);
    }
  }
  if (raw.length > maxBytes) throw refuse(`SVG is too large. Got ${raw.length} bytes. Maximum is ${maxBytes}.`);
  const encoding =
    raw[0] === 0xff && raw[1] === 0xfe ? 'utf-16le' : raw[0] === 0xfe && raw[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(raw);
}
