import { getQuickJS, type QuickJSContext, shouldInterruptAfterDeadline } from 'quickjs-emscripten';

/** Milliseconds. */
const TIME = 200;
const MEMORY = 16 * 1024 * 1024;
const STACK = 256 * 1024;

export interface ScriptRequest {
  readonly script: string;
  /** Values the script sees as globals. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** Ours, run before the script. */
  readonly prelude: string;
  /** Ours: the expression whose value is the result, as JSON. */
  readonly result: string;
}

/**
 * Runs a user's script in an interpreter of its own (QuickJS in WebAssembly): no module, no timer, no network, no file,
 * a limit of time and of memory.
 *
 * @throws the script's own error
 */
export async function runScript({ script, globals, prelude, result }: ScriptRequest): Promise<unknown> {
  const runtime = (await getQuickJS()).newRuntime({
    memoryLimitBytes: MEMORY,
    maxStackSizeBytes: STACK,
    interruptHandler: shouldInterruptAfterDeadline(Date.now() + TIME),
  });
  const context = runtime.newContext();
  try {
    const setUp = Object.entries(globals)
      .map(([name, value]) => `globalThis.${name} = ${JSON.stringify(value)};`)
      .join('\n');
    // What writes the result is taken before the script can replace it.
    evaluate(context, `${setUp}\nconst $write = JSON.stringify;\n${prelude}`);
    evaluate(context, script);
    const text = evaluate(context, `$write(${result})`);
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

function evaluate(context: QuickJSContext, code: string): unknown {
  const outcome = context.evalCode(code);
  if (outcome.error) {
    const error: unknown = context.dump(outcome.error);
    outcome.error.dispose();
    const message =
      typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
    throw new Error(message.slice(0, 300));
  }
  const value: unknown = context.dump(outcome.value);
  outcome.value.dispose();
  return value;
}
