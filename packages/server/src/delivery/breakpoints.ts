import { type Component, type DeliveryPath, type Item, parse, print } from '@signet/transformation';
import type { App } from '../app.ts';
import { searchBreakpoints } from '../assets/responsive-breakpoints.ts';
import type { CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import type { Visitor } from './access.ts';
import { checkReference, locate, originalOf } from './deliver.ts';

const WANTED = /(?:^|[,/])w_auto:breakpoints[^,/]*:json(?:[,/]|$)/;

/** `w_auto:breakpoints[_<min>_<max>_<kB>_<count>]:json` asks for the widths, not for a picture. */
export const asksForBreakpoints = ({ transformation }: DeliveryPath): boolean => WANTED.test(transformation);

const settingsOf = ({ values: { w } }: Component) => (w?.kind === 'auto' && w.breakpoints?.json ? w.breakpoints : null);

/** Every one is rendered. */
const MOST = 200;

/** The component with a width in place of the question; scaled when it does not say how. */
const withWidth = (component: Component, width: number): Component => {
  const items = component.items.map((item): Item => (item.name === 'w' ? { ...item, raw: String(width) } : item));
  return { ...component, items: component.values.c ? items : [{ name: 'c', raw: 'scale' }, ...items] };
};

/**
 * Widths between which the size of the file differs by about the step, widest first (delivery reference 2.7), found by
 * rendering, as `responsive_breakpoints` of an upload.
 *
 * @throws 400, 401, 404 as any delivery
 */
export async function deliverBreakpoints(
  app: App,
  cloud: CloudRow,
  path: DeliveryPath,
  visitor: Visitor,
): Promise<number[]> {
  const { row, extension, proof } = await locate(app, cloud, path, visitor);
  const { components } = parse(path.transformation);
  const settings = components.map(settingsOf).find(Boolean);
  if (!settings || row.resource_type !== 'image')
    throw ERRORS.BadRequest('Breakpoints are listed for images and their width only');
  const { min, max, kilobytes, count } = settings;
  const found = await searchBreakpoints(app, originalOf(row), {
    scaled: (width) => print({ components: components.map((one) => (settingsOf(one) ? withWidth(one, width) : one)) }),
    format: extension ?? undefined,
    min,
    max,
    step: kilobytes * 1000,
    images: Math.min(count, MOST),
    mayUse: (used) => checkReference(app, used, proof),
  });
  return found.map(({ width }) => width);
}
