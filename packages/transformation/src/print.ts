import type { Flag } from './flags.ts';
import type { Component, Item, Transformation } from './syntax.ts';

function itemText(item: Item): string {
  return item.raw === '' ? item.name : `${item.name}_${item.raw}`;
}

/** The transformation as written, without empty parts. `print(parse(print(parse(x)))) === print(parse(x))`. */
export function print(transformation: Transformation): string {
  return transformation.components.map((component) => component.items.map(itemText).join(',')).join('/');
}

/**
 * The form in which the cloud stores and compares transformations: inside each component the condition first, then
 * variables in their order, then parameters sorted as text; of a repeated parameter the last (`c_pad,h_300,w_300`).
 */
export function normalize(transformation: Transformation): string {
  return transformation.components.map(normalizeComponent).join('/');
}

function normalizeComponent(component: Component): string {
  const head: string[] = [];
  const variables: string[] = [];
  const parameters = new Map<string, string>();
  for (const item of component.items) {
    const text = itemText(item);
    if (item.name.startsWith('if')) head.push(text);
    else if (item.name.startsWith('$')) variables.push(text);
    else parameters.set(item.name === 'fl' ? text : item.name, text);
  }
  return [...head, ...variables, ...[...parameters.values()].sort()].join(',');
}

/** Names of all flags of a component. */
export function hasFlag(component: Component, name: Flag['name']): boolean {
  return component.values.fl?.some((flag) => flag.name === name) ?? false;
}
