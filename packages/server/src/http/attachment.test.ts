import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attachmentHeader } from './attachment.ts';

const CASES: readonly (readonly [name: string, header: string])[] = [
  ['a_b-1.jpg', 'attachment; filename="a_b-1.jpg"'],
  ['a"b;c.jpg', 'attachment; filename="a_b_c.jpg"'],
  ['größe.png', `attachment; filename="gr__e.png"; filename*=UTF-8''gr%C3%B6%C3%9Fe.png`],
  ["日本's.gif", `attachment; filename="___s.gif"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%27s.gif`],
  ['a\r\nX: b.jpg', 'attachment; filename="a__X_ b.jpg"'],
  ['\u202egpj.é', `attachment; filename="_gpj._"; filename*=UTF-8''_gpj.%C3%A9`],
  ['\ud800', `attachment; filename="_"; filename*=UTF-8''%EF%BF%BD`],
];

for (const [name, header] of CASES)
  test(`the name of a download: ${JSON.stringify(name)}`, () => assert.equal(attachmentHeader(name), header));
