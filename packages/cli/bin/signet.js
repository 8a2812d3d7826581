#!/usr/bin/env node
// Plain JavaScript, so that the compile cache is on before the first TypeScript file is read: Node then keeps the
// stripped and compiled code, and neither the stripper nor the compiler is loaded again (less memory, earlier start).
// And so that an older Node can say what is needed.
import * as nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

if (Number(process.versions.node.split('.')[0]) < 24) {
  const { runBeside } = await import('./older-node.js');
  runBeside();
} else {
  nodeModule.enableCompileCache(
    process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), `signet-compile-cache-${process.getuid?.() ?? 0}`),
  );
  if (process.argv[2] === 'serve') {
    const { startAsServer } = await import('../src/serve/environment.ts');
    startAsServer(process);
  }
  await import('../src/main.ts');
}
