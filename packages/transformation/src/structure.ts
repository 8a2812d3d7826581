import type { Condition } from './condition.ts';
import { clip, invalidComponent, TransformationError } from './errors.ts';
import type { Expression } from './expression.ts';
import { PARAMS, type ParamName } from './params.ts';
import { LIMITS, parse } from './parse.ts';
import { hasFlag, print } from './print.ts';
import type { Component, Transformation } from './syntax.ts';

/** Finds the definition of a named transformation (without `t_`); undefined when there is none. */
export type NamedLookup = (name: string) => string | Transformation | undefined;

/** Deeper nesting of names, conditions or layers than this is no honest URL. */
const MAX_DEPTH = 12;

/**
 * Replaces `t_` and `bl_` by what they stand for. In a component with more parameters the named part comes first.
 *
 * @throws TransformationError `Unknown transformation <name>`
 */
export function expand(transformation: Transformation, lookup: NamedLookup): Transformation {
  return { components: new Expander(lookup).run(transformation.components, 0, false) };
}

class Expander {
  readonly #lookup: NamedLookup;
  readonly #components: Component[] = [];

  constructor(lookup: NamedLookup) {
    this.#lookup = lookup;
  }

  /** `named`: the list is the definition of a named transformation. */
  run(list: readonly Component[], depth: number, named: boolean): readonly Component[] {
    if (depth > MAX_DEPTH) throw new TransformationError('Named transformations are nested too deeply');
    for (const [i, component] of list.entries()) {
      const { t, bl } = component.values;
      if (bl && (i > 0 || depth > 0 || component.items.length > 1))
        throw invalidComponent(print({ components: [component] }));
      if (t || bl) this.#replace(component, list[i + 1], depth, named);
      else this.#add(named ? { ...component, named: true } : component);
    }
    return this.#components;
  }

  #add(component: Component): void {
    if (this.#components.length >= LIMITS.components * 4)
      throw new TransformationError('Too many transformation components');
    this.#components.push(component);
  }

  /** A condition in the same component stays in front of the definitions, the other parameters follow them. */
  #replace(component: Component, next: Component | undefined, depth: number, named: boolean): void {
    const { t, bl } = component.values;
    const { condition, mark } = component;
    if (condition) this.#add(only(component, (name) => name === 'if'));
    else if (mark) this.#add(only(component, (name) => name === mark));
    for (const name of t ?? bl ?? []) this.run(this.#definition(name, bl !== undefined), depth + 1, !bl || named);
    const rest = only(component, (name) => name !== 't' && name !== 'bl' && !name.startsWith('if'));
    if (rest.items.length > 0) this.#add({ ...rest, condition: null, mark: null });
    if (condition && next?.mark !== 'if_else') this.#add(END);
  }

  #definition(name: string, base: boolean): readonly Component[] {
    const definition = this.#lookup(name);
    if (definition === undefined) throw new TransformationError(`Unknown transformation ${clip(name)}`);
    const tree = typeof definition === 'string' ? parse(definition) : definition;
    if (base) requireFormat(tree, name);
    return tree.components;
  }
}

const END: Component = {
  items: [{ name: 'if_end', raw: '' }],
  values: {},
  variables: [],
  condition: null,
  mark: 'if_end',
};

function requireFormat(tree: Transformation, name: string): void {
  const fixed = tree.components.some((component) => component.values.f?.kind === 'format');
  if (!fixed) throw new TransformationError(`Base transformation ${clip(name)} needs an explicit format`);
}

/** The component without some parameters. */
export function without(component: Component, names: readonly ParamName[]): Component {
  return only(component, (name) => !(names as readonly string[]).includes(name));
}

function only(component: Component, keep: (name: string) => boolean): Component {
  const values = Object.fromEntries(Object.entries(component.values).filter(([name]) => keep(name)));
  return {
    ...component,
    items: component.items.filter((item) => keep(item.name)),
    values,
    variables: component.variables.filter((variable) => keep(`$${variable.name}`)),
    condition: keep('if') ? component.condition : null,
    mark: component.mark && keep(component.mark) ? component.mark : null,
  };
}

// ---------------------------------------------------------------------------------------------------------------- program

/** What the plan runs: conditions as jumps, layers as nested programs. Plain data. */
export type Instruction =
  | { readonly op: 'run'; readonly component: Component; readonly dpr: Expression | 'auto' | null }
  /** Goes to `to` when the condition does not hold. */
  | { readonly op: 'unless'; readonly condition: Condition; readonly text: string; readonly to: number }
  | { readonly op: 'jump'; readonly to: number }
  /** `close` null: everything stands in `open`. */
  | { readonly op: 'layer'; readonly open: Component; readonly body: Program; readonly close: Component | null };

export type Program = readonly Instruction[];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Checks the nesting of conditions and layers and turns the list of components into a program. `t_` must be expanded. */
export function compile(transformation: Transformation): Program {
  const components = transformation.components;
  return new Compiler(components, matchLayers(components)).sequence(0);
}

/** Index of the closing component for every layer that has one; those that have none are in the short form. */
function matchLayers(components: readonly Component[]): ReadonlyMap<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (const [i, component] of components.entries()) {
    const opens = component.values.l !== undefined || component.values.u !== undefined;
    const closes = hasFlag(component, 'layer_apply');
    if (opens && !closes) open.push(i);
    else if (closes && !opens) {
      const start = open.pop();
      if (start === undefined) throw invalidComponent(print({ components: [component] }));
      closings.set(start, i);
    }
  }
  return closings;
}

class Compiler {
  readonly #components: readonly Component[];
  readonly #closings: ReadonlyMap<number, number>;
  #at = 0;

  constructor(components: readonly Component[], closings: ReadonlyMap<number, number>) {
    this.#components = components;
    this.#closings = closings;
  }

  /** Everything up to `end` (the closing component of a layer) or the end of the list. */
  sequence(depth: number, end = this.#components.length): Program {
    const program: Mutable<Instruction>[] = [];
    this.#block(program, depth, end, false);
    const stray = this.#components[this.#at];
    if (this.#at < end && stray) throw invalidComponent(print({ components: [stray] }));
    assignDpr(program);
    return program;
  }

  /** Stops before an `if_else` or `if_end` that belongs to the caller. */
  #block(program: Mutable<Instruction>[], depth: number, end: number, inIf: boolean): void {
    if (depth > MAX_DEPTH) throw new TransformationError('Conditions and layers are nested too deeply');
    while (this.#at < end) {
      const component = this.#components[this.#at];
      if (!component) return;
      if (component.mark) {
        // A closing if_end after the one-component form is redundant but harmless.
        if (!inIf && component.mark === 'if_end' && this.#at > 0) {
          this.#at++;
          continue;
        }
        return;
      }
      if (component.condition) this.#condition(program, component, component.condition, depth, end);
      else this.#plain(program, component, depth, inIf);
    }
  }

  #plain(program: Mutable<Instruction>[], component: Component, depth: number, inIf: boolean): void {
    if (inIf) checkAllowed(component);
    const closing = this.#closings.get(this.#at++);
    if (component.values.l === undefined && component.values.u === undefined) {
      program.push({ op: 'run', component, dpr: null });
    } else if (closing === undefined) {
      program.push({ op: 'layer', open: component, body: [], close: null });
    } else {
      const body = this.sequence(depth + 1, closing);
      program.push({ op: 'layer', open: component, body, close: this.#components[closing] ?? null });
      this.#at = closing + 1;
    }
  }

  #condition(
    program: Mutable<Instruction>[],
    component: Component,
    condition: Condition,
    depth: number,
    end: number,
  ): void {
    const unless: Mutable<Extract<Instruction, { op: 'unless' }>> = {
      op: 'unless',
      condition,
      text: component.items.find((item) => item.name === 'if')?.raw ?? '',
      to: 0,
    };
    program.push(unless);
    const own = only(component, (name) => name !== 'if');
    const single = own.items.length > 0;
    if (single) this.#plain(program, own, depth, true);
    else {
      this.#at++;
      this.#block(program, depth + 1, end, true);
    }
    const other = this.#components[this.#at];
    if (this.#at < end && other?.mark === 'if_else') {
      const jump: Mutable<Extract<Instruction, { op: 'jump' }>> = { op: 'jump', to: 0 };
      program.push(jump);
      unless.to = program.length;
      const alternative = only(other, (name) => name !== 'if_else');
      if (alternative.items.length > 0) this.#plain(program, alternative, depth, true);
      else this.#at++;
      if (!single) this.#block(program, depth + 1, end, true);
      else if (alternative.items.length === 0) this.#block(program, depth + 1, end, true);
      jump.to = program.length;
    } else unless.to = program.length;
    if (this.#at < end && this.#components[this.#at]?.mark === 'if_end' && !single) this.#at++;
  }
}

function checkAllowed(component: Component): void {
  for (const item of component.items) {
    const spec = Object.hasOwn(PARAMS, item.name) ? PARAMS[item.name as ParamName] : undefined;
    if (spec && !spec.inIf)
      throw new TransformationError(
        `${spec.long} is not allowed inside a condition: ${clip(`${item.name}_${item.raw}`)}`,
      );
  }
  if (component.values.a?.includes('ignore'))
    throw new TransformationError('angle ignore is not allowed inside a condition');
}

/** `dpr_` acts on its own component's size, else on the size wanted last before it (`c_scale,h_150/dpr_2.0`). */
function assignDpr(program: Mutable<Instruction>[]): void {
  let last: Mutable<Extract<Instruction, { op: 'run' }>> | null = null;
  for (const instruction of program) {
    if (instruction.op !== 'run') continue;
    const { w, h, dpr } = instruction.component.values;
    if (w !== undefined || h !== undefined) last = instruction;
    const ignored = instruction.component.named && dpr === 'auto';
    if (dpr !== undefined && last && !ignored) last.dpr = dpr;
  }
}
