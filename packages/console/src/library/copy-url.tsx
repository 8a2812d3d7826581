import { useState } from 'react';
import { type Asset, deliveryUrl, nameOf } from '../api.ts';
import { useLoad } from '../load.ts';
import { useSession } from '../session.ts';
import { Code, Dialog, SelectField, TextField } from '../ui/parts.tsx';
import { loadNames } from '../workbench/names.ts';

const FORMATS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  image: [
    ['', 'As stored'],
    ['auto', 'Automatic, by what the browser reads'],
    ['avif', 'AVIF'],
    ['webp', 'WebP'],
    ['jpg', 'JPEG'],
    ['png', 'PNG'],
  ],
  video: [
    ['', 'As stored'],
    ['auto', 'Automatic, by what the browser plays'],
    ['mp4', 'MP4'],
    ['webm', 'WebM'],
    ['jpg', 'A still picture, JPEG'],
  ],
};

const SIZES = [
  ['', 'Full size'],
  ['c_limit,w_1600', 'Up to 1600 pixels wide'],
  ['c_limit,w_800', 'Up to 800 pixels wide'],
  ['c_fill,g_auto,h_400,w_400', 'Square of 400 pixels'],
  ['c_fill,g_auto,h_630,w_1200', '1200 × 630, for link previews'],
] as const;

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.codePointAt(0)};`);

/** Addresses of an asset in the format and size somebody needs, and as HTML and Markdown. */
export function CopyUrl({ asset, onClose }: { asset: Asset; onClose: () => void }) {
  const session = useSession();
  const named = useLoad(loadNames, []);
  const [format, setFormat] = useState('');
  const [transformation, setTransformation] = useState('');
  const raw = asset.resource_type === 'raw';
  const clean = transformation.trim().replace(/^\/+|\/+$/g, '');
  const parts = [clean, format === 'auto' ? 'f_auto' : '', format === 'auto' || format === '' ? '' : 'q_auto'];
  const path = deliveryUrl(
    session,
    asset,
    parts.filter(Boolean).join('/'),
    format === '' ? asset.format : format === 'auto' ? null : format,
  );
  const url = new URL(path, location.origin).href;
  const name = nameOf(asset);
  const still = asset.resource_type === 'image' || format === 'jpg';
  const html = still
    ? `<img src="${escapeHtml(url)}" alt="${escapeHtml(name)}">`
    : asset.resource_type === 'video'
      ? `<video src="${escapeHtml(url)}" controls></video>`
      : `<a href="${escapeHtml(url)}">${escapeHtml(name)}</a>`;
  const sizes = [...SIZES, ...(named.data ?? []).map((id) => [`t_${id}`, `Named: ${id}`] as const)];
  return (
    <Dialog title="Copy the address" onClose={onClose} wide>
      {!raw && (
        <div className="form-grid two">
          <SelectField label="Format" value={format} options={FORMATS[asset.resource_type] ?? []} onValue={setFormat} />
          <SelectField
            label="Size"
            value={sizes.some(([id]) => id === transformation) ? transformation : 'other'}
            options={[
              ...sizes,
              ...(sizes.some(([id]) => id === transformation) ? [] : [['other', 'As typed'] as const]),
            ]}
            onValue={setTransformation}
          />
        </div>
      )}
      {!raw && (
        <TextField
          label="Transformation"
          className="input mono"
          spellCheck={false}
          placeholder="none"
          value={transformation}
          onValue={setTransformation}
        />
      )}
      <div className="stack tight">
        <h3>Address</h3>
        <Code label="address" text={url} />
      </div>
      <div className="stack tight">
        <h3>HTML</h3>
        <Code label="HTML" text={html} />
      </div>
      <div className="stack tight">
        <h3>Markdown</h3>
        <Code label="Markdown" text={`${still ? '!' : ''}[${name.replace(/[[\]]/g, '\\$&')}](${url})`} />
      </div>
    </Dialog>
  );
}
