import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TextStyle } from '@signet/transformation';
import { temporaryFolder } from '../../temporary-folder.fixture.ts';
import { meanColor, pixelAt } from './fixtures.ts';
import { alphaOf, inkBox, type Raster } from './raster.ts';
import { configureRuntime } from './runtime.ts';
import { renderText, type TextRequest } from './text.ts';

configureRuntime({ cacheFolder: temporaryFolder('fonts') });

const STYLE: TextStyle = {
  fontFamily: 'Arial',
  fontSize: 12,
  weight: 'normal',
  style: 'normal',
  decoration: 'none',
  align: 'start',
  stroke: false,
  letterSpacing: 0,
  lineSpacing: 0,
  antialias: null,
  hinting: null,
};
const BLACK = { r: 0, g: 0, b: 0, alpha: 1 };

const draw = (text: string, style: Partial<TextStyle> = {}, more: Partial<TextRequest> = {}): Promise<Raster> =>
  renderText({ text, style: { ...STYLE, ...style }, color: BLACK, ...more });

const ink = (raster: Raster): number => alphaOf(raster).reduce((sum, alpha) => sum + alpha / 255, 0);

describe('text', () => {
  it('hello world in Arial 12 is 50–70 × 5–15 px', async () => {
    const { width, height } = await draw('hello world');
    assert.ok(width >= 50 && width <= 70 && height >= 5 && height <= 15, `${width}×${height}`);
  });

  it('is cut to its ink, and keeps the line box when asked to', async () => {
    const trimmed = await draw('aeo', { fontSize: 60 });
    assert.deepEqual(inkBox(trimmed), { x: 0, y: 0, width: trimmed.width, height: trimmed.height });
    const whole = await draw('aeo', { fontSize: 60 }, { trim: false });
    assert.ok(whole.height > trimmed.height + 20 && whole.height < 90, `${trimmed.height} → ${whole.height}`);
    assert.equal(whole.width, trimmed.width);
  });

  it('families, weights and styles differ, and unknown families fall back', async () => {
    const widths = new Map<string, number>();
    for (const fontFamily of ['Arial', 'Times', 'Courier', 'Roboto', 'Open Sans'])
      widths.set(fontFamily, (await draw('Hamburgefonts', { fontFamily, fontSize: 40 })).width);
    assert.equal(new Set(widths.values()).size, 5, JSON.stringify([...widths]));
    assert.equal(
      (await draw('Hamburgefonts', { fontFamily: 'No Such Font', fontSize: 40 })).width,
      widths.get('Arial'),
    );
    const normal = ink(await draw('mmm', { fontFamily: 'Roboto', fontSize: 40 }));
    assert.ok(ink(await draw('mmm', { fontFamily: 'Roboto', fontSize: 40, weight: 'bold' })) > normal * 1.2);
    assert.ok(ink(await draw('mmm', { fontFamily: 'Roboto', fontSize: 40, weight: 'thin' })) < normal * 0.7);
    assert.notDeepEqual(
      (await draw('Hh', { fontSize: 40, style: 'italic' })).data,
      (await draw('Hh', { fontSize: 40 })).data,
    );
  });

  it('wraps at the width, aligns, and cuts at the height', async () => {
    const text = 'one two three four five six seven eight nine ten';
    const wrapped = await draw(text, { fontSize: 20 }, { wrap: { width: 120, height: null } });
    assert.ok(wrapped.width <= 121 && wrapped.height > 60, `${wrapped.width}×${wrapped.height}`);
    const cut = await draw(text, { fontSize: 20 }, { wrap: { width: 120, height: 50 } });
    assert.ok(cut.height <= 50 && cut.height > 25);
    const right = await draw('wide wide wide wide\nx', { fontSize: 20, align: 'right' });
    const left = await draw('wide wide wide wide\nx', { fontSize: 20, align: 'left' });
    const lastLine = (raster: Raster) =>
      inkBox({ ...raster, data: raster.data.slice(raster.width * (raster.height - 8) * 4), height: 8 })!;
    assert.ok(lastLine(right).x > lastLine(left).x + 50);
  });

  it('spaces letters and lines', async () => {
    const plain = await draw('spacing', { fontSize: 30 });
    assert.equal((await draw('spacing', { fontSize: 30, letterSpacing: 10 })).width, plain.width + 60);
    const lines = await draw('a\nb', { fontSize: 30 });
    assert.equal((await draw('a\nb', { fontSize: 30, lineSpacing: 15 })).height, lines.height + 15);
    assert.equal((await draw('a\nb', { fontSize: 30, lineSpacing: -8 })).height, lines.height - 8);
  });

  it('strokes, colours and fills the box', async () => {
    const plain = await draw('O', { fontSize: 60 });
    const stroked = await draw(
      'O',
      { fontSize: 60, stroke: true },
      { border: { width: 4, color: { r: 255, g: 0, b: 0, alpha: 1 } }, color: { r: 0, g: 0, b: 255, alpha: 1 } },
    );
    assert.ok(Math.abs(stroked.width - plain.width - 8) <= 2);
    const [r, , b] = meanColor(stroked);
    assert.ok(r > 20 && b > 20);
    const boxed = await draw('O', { fontSize: 60 }, { background: { r: 0, g: 255, b: 0, alpha: 1 } });
    assert.deepEqual(pixelAt(boxed, 0, 0), [0, 255, 0, 255]);
    const half = await draw('I', { fontSize: 60, weight: 'bold' }, { color: { ...BLACK, alpha: 0.5 } });
    assert.ok(Math.abs(Math.max(...alphaOf(half)) - 128) <= 1);
  });

  it('underline and strikethrough add ink', async () => {
    const plain = ink(await draw('axe', { fontSize: 40 }));
    for (const decoration of ['underline', 'strikethrough'] as const)
      assert.ok(ink(await draw('axe', { fontSize: 40, decoration })) > plain * 1.05);
  });

  it('draws Hebrew, Arabic, accents and emoji in colour', async () => {
    for (const text of ['שלום', 'مرحبا', 'Žluťoučký', 'Ω≈ç'])
      assert.ok(ink(await draw(text, { fontSize: 40 })) > 200, text);
    const [r, g, b] = meanColor(await draw('😍', { fontSize: 60 }));
    assert.ok(r > b + 40 && g > b);
  });

  it('takes markup characters as text, and blanks as nothing', async () => {
    assert.ok((await draw('<b>&amp;</b>', { fontSize: 20 })).width > 80);
    assert.deepEqual([(await draw('   ')).width, (await draw('')).height], [1, 1]);
    assert.ok((await draw('a\u0000b\u0007c')).width > 10);
  });

  it('refuses what is too long or too large', async () => {
    await assert.rejects(draw('x'.repeat(5000)), /Text is too long/);
    await assert.rejects(draw('x', { fontSize: 5000 }), /Invalid font size/);
  });
});
