import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { sanitizeSvg } from './svg.ts';

const clean = (body: string, attributes = ''): string =>
  sanitizeSvg(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10" height="10" ${attributes}>${body}</svg>`,
    ),
  );

describe('svg sanitiser', () => {
  const HOSTILE: readonly [string, string][] = [
    ['script', '<script>alert(1)</script>'],
    ['script with cdata', '<script><![CDATA[alert(1)]]></script>'],
    ['svg:script', '<svg:script xmlns:svg="http://www.w3.org/2000/svg">alert(1)</svg:script>'],
    ['event handler', '<rect width="1" height="1" onclick="alert(1)"/>'],
    ['event handler in upper case', '<rect ONLOAD="alert(1)"/>'],
    ['javascript link', '<a xlink:href="javascript:alert(1)"><rect/></a>'],
    ['javascript link with entities', '<a href="&#106;ava&#x73;cript:alert(1)"><rect/></a>'],
    ['javascript link with blanks', '<a href=" java\tscript:alert(1)"><rect/></a>'],
    [
      'foreignObject',
      '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="alert(1)"/></body></foreignObject>',
    ],
    ['external image', '<image href="https://evil.example/alert.png" width="1" height="1"/>'],
    ['local file', '<image xlink:href="file:///etc/alert" width="1" height="1"/>'],
    ['relative file', '<image href="../alert" width="1" height="1"/>'],
    ['nested svg picture', '<image href="data:image/svg+xml;base64,alert" width="1" height="1"/>'],
    ['html picture', '<image href="data:text/html,alert" width="1" height="1"/>'],
    ['external use', '<use href="https://evil.example/alert.svg#x"/>'],
    ['style import', '<style>@import url(https://evil.example/alert.css);</style>'],
    ['style url', '<style>rect{fill:url(https://evil.example/alert)}</style>'],
    ['style escapes', '<style>rect{fill:\\75 rl(https://evil.example/alert)}</style>'],
    ['style attribute', '<rect style="background:url(\'https://evil.example/alert\')"/>'],
    ['fill url', '<rect fill="url(https://evil.example/alert)"/>'],
    ['animated link', '<a><animate attributeName="href" values="javascript:alert(1)"/></a>'],
    ['set handler', '<set attributeName="onmouseover" to="alert(1)"/>'],
    ['iframe', '<iframe src="https://evil.example/alert"/>'],
    ['processing instruction', '<?xml-stylesheet href="https://evil.example/alert.css"?>'],
    ['xml:base', '<g xml:base="https://evil.example/alert"/>'],
  ];
  for (const [name, body] of HOSTILE) {
    it(`drops: ${name}`, () => {
      const result = clean(body);
      assert.doesNotMatch(result, /alert|evil|script|foreignObject/i);
    });
  }

  it('drops the DOCTYPE with its entities', () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&b;&x;ok&amp;</text></svg>`;
    const result = sanitizeSvg(Buffer.from(bomb));
    assert.doesNotMatch(result, /ENTITY|DOCTYPE|passwd|&b;|&x;/);
    assert.match(result, /ok&amp;/);
  });

  it('keeps drawing, gradients, inner references, styles and raster data', async () => {
    const result = clean(
      '<defs><linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient><g id="s"><rect width="4" height="4"/></g></defs>' +
        '<style>.a{fill:url(#g);stroke:#000}</style><rect class="a" width="10" height="10"/><use xlink:href="#s" x="2"/><text x="1">a &lt; b</text>' +
        '<image href="data:image/png;base64,iVBORw0KGgo=" width="1" height="1"/>',
      'viewBox="0 0 10 10"',
    );
    for (const part of ['linearGradient', 'url(#g)', 'xlink:href="#s"', 'viewBox', 'a &lt; b', 'data:image/png'])
      assert.ok(result.includes(part), part);
    assert.equal((await sharp(Buffer.from(result)).png().toBuffer({ resolveWithObject: true })).info.width, 10);
    assert.equal(sanitizeSvg(Buffer.from(result)), result, 'cleaning twice changes nothing');
  });

  it('reads UTF-16 and svgz', () => {
    const text = '<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"><title>ž</title></svg>';
    assert.match(sanitizeSvg(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])), /ž/);
    assert.match(sanitizeSvg(gzipSync(text)), /ž/);
  });

  it('refuses bombs with a clear error', () => {
    assert.throws(() => sanitizeSvg(gzipSync(Buffer.alloc(50_000_000, 0x20)), 1_000_000), /cannot be decompressed/);
    assert.throws(() => clean('<g>'.repeat(5000) + '</g>'.repeat(5000)), /too complex|not well-formed/);
    const chain = Array.from(
      { length: 30 },
      (_, i) => `<g id="n${i + 1}">${`<use href="#n${i}"/>`.repeat(10)}</g>`,
    ).join('');
    assert.throws(() => clean(`<g id="n0"><rect/></g>${chain}<use href="#n30"/>`), /too complex/);
    assert.throws(() => sanitizeSvg(Buffer.from('<html></html>')), /no svg element/);
    assert.throws(() => sanitizeSvg(Buffer.from('not xml at all')), /svg/i);
  });
});
