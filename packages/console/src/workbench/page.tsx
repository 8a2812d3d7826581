import type { Plan } from '@signet/transformation';
import { useEffect, useMemo, useState } from 'react';
import { type Asset, api, deliveryUrl, nameOf } from '../api.ts';
import { bytesText } from '../format.ts';
import { useLoad } from '../load.ts';
import { go, hrefOf, usePlace } from '../router.ts';
import { useSession } from '../session.ts';
import { NameDialog } from '../ui/editor-dialog.tsx';
import { Button, Code, Link, Problem, SelectField, TextField, Waiting } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { Chooser } from './chooser.tsx';
import { samples } from './code.ts';
import {
  type Controls,
  CROPS,
  controlsOf,
  EFFECTS,
  FILM_EFFECTS,
  FILM_FORMATS,
  FORMATS,
  GRAVITIES,
  NO_CONTROLS,
  QUALITIES,
  transformationOf,
} from './controls.ts';
import { loadNames } from './names.ts';
import { planFor, stepText } from './steps.ts';
import { expandNames, loadDefinitions } from './stored.ts';

interface Result {
  readonly url: string;
  readonly object: string;
  readonly type: string;
  readonly bytes: number;
  readonly ms: number;
  readonly width?: number;
  readonly height?: number;
}

/** Fetches what the server makes, so that bytes and time are what anybody else would see. */
function useResult(url: string): { result: Result | undefined; error: Error | undefined; busy: boolean } {
  const [state, setState] = useState<{ result?: Result; error?: Error; busy: boolean }>({ busy: true });
  useEffect(() => {
    const abort = new AbortController();
    setState(({ result }) => ({ ...(result ? { result } : {}), busy: true }));
    const timer = setTimeout(async () => {
      try {
        const start = performance.now();
        const response = await fetch(url, { signal: abort.signal, cache: 'no-store' });
        const blob = await response.blob();
        const ms = performance.now() - start;
        if (!response.ok) {
          const text = response.headers.get('X-Cld-Error') ?? `The server answered ${response.status}`;
          throw new Error(text);
        }
        setState({
          busy: false,
          result: { url, object: URL.createObjectURL(blob), type: blob.type, bytes: blob.size, ms },
        });
      } catch (error) {
        if (!abort.signal.aborted) setState({ error: error as Error, busy: false });
      }
    }, 250);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [url]);
  useEffect(() => {
    const object = state.result?.object;
    return () => {
      if (object !== undefined) URL.revokeObjectURL(object);
    };
  }, [state.result]);
  return { result: state.result, error: state.error, busy: state.busy };
}

function Picture({ source, type, name }: { source: string; type: string; name: string }) {
  const [size, setSize] = useState('');
  return (
    <>
      {type.startsWith('video/') || type.startsWith('audio/') ? (
        // biome-ignore lint/a11y/useMediaCaption: captions are not stored with the asset
        <video
          controls
          src={source}
          aria-label={name}
          onLoadedMetadata={({ currentTarget: { videoWidth, videoHeight } }) =>
            setSize(`${videoWidth} × ${videoHeight}`)
          }
        />
      ) : (
        <img
          src={source}
          alt={name}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setSize(`${naturalWidth} × ${naturalHeight}`)}
        />
      )}
      <span className="size">{size}</span>
    </>
  );
}

function PlanCard({ asset, plan, waiting }: { asset: Asset; plan: Plan | undefined; waiting: boolean }) {
  const quality = plan?.output.quality;
  return (
    <section className="card" aria-labelledby="plan-title">
      <h2 id="plan-title">What the server does</h2>
      {plan === undefined ? (
        <p className="hint">
          {waiting ? 'Looking up the named transformation …' : 'The transformation cannot be read; see above.'}
        </p>
      ) : plan.original ? (
        <p>Deliver the stored bytes as they are.</p>
      ) : (
        <ol className="plan">
          <li>
            Read the {asset.format} of {plan.decode.out.width} × {plan.decode.out.height}
          </li>
          {plan.steps.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is known by its place
            <li key={index}>{stepText(step)}</li>
          ))}
          {plan.rest !== null && <li>The rest depends on what the picture shows</li>}
          <li>
            Write {plan.output.format}
            {quality?.mode === 'fixed' && ` at quality ${quality.value}`}
            {quality?.mode === 'auto' && ' at the quality that suits it'}
          </li>
        </ol>
      )}
    </section>
  );
}

function Bench({ asset }: { asset: Asset }) {
  const session = useSession();
  const { query } = usePlace();
  const typed = query.get('t') ?? '';
  const [text, setText] = useState(typed);
  const [language, setLanguage] = useState('url');
  const [saving, setSaving] = useState(false);
  const named = useLoad(loadNames, []);

  const use = (transformation: string): void => {
    setText(transformation);
    go(hrefOf(['transform', asset.asset_id], { t: transformation }), { replace: true });
  };
  const set = (change: Partial<Controls>): void => {
    use(transformationOf({ ...controls, ...change }));
  };

  const clean = text.trim().replace(/^\/+|\/+$/g, '');
  const told = controlsOf(clean);
  const controls = told ?? NO_CONTROLS;
  const names = useMemo(
    () => [...new Set([...clean.matchAll(/(?:^|[,/])t_([^,/]+)/g)].map(([, name]) => name!))],
    [clean],
  );
  const meanings = useLoad(() => loadDefinitions(names), [names.join()]);
  const written = meanings.data === undefined ? clean : expandNames(clean, meanings.data);
  const waiting = names.length > 0 && meanings.data === undefined;
  const planned = useMemo(() => (waiting ? undefined : planFor(asset, written)), [asset, written, waiting]);
  const wantsPicture = /(^|[,/])f_/.test(clean);
  const format = wantsPicture ? null : asset.format;
  const url = deliveryUrl(session, asset, clean, format);
  const { result, error, busy } = useResult(url);
  const before = deliveryUrl(session, asset);
  const delivered = {
    origin: session.public_url || location.origin,
    cloud: session.cloud,
    resourceType: asset.resource_type as 'image' | 'video',
    type: asset.type,
    publicId: asset.public_id,
    format: format ?? '',
    version: asset.version,
    transformation: clean,
  };
  const all = samples(delivered);
  const shown = all.find(({ id }) => id === language) ?? all[0]!;
  const film = asset.resource_type === 'video';
  const plan = planned !== undefined && 'plan' in planned ? planned.plan : undefined;

  return (
    <div className="page bench">
      <div className="row wrap">
        <h1>{nameOf(asset)}</h1>
        <span className="grow" />
        <Link className="button plain" href={hrefOf(['transform'])}>
          Another asset
        </Link>
        <Button icon="plus" disabled={clean === ''} onClick={() => setSaving(true)}>
          Save as named
        </Button>
      </div>
      <div className="bench-grid">
        <form className="card stack" aria-label="Controls" onSubmit={(event) => event.preventDefault()}>
          {told === undefined && (
            <p className="notice">This was typed and says more than the controls can. Using one of them begins anew.</p>
          )}
          <div className="form-grid two">
            <TextField
              label="Width"
              inputMode="numeric"
              value={controls.width}
              onValue={(width) => set({ width: width.replace(/[^\d.]/g, '') })}
            />
            <TextField
              label="Height"
              inputMode="numeric"
              value={controls.height}
              onValue={(height) => set({ height: height.replace(/[^\d.]/g, '') })}
            />
          </div>
          {film && (
            <div className="form-grid two">
              <TextField
                label="Begin at (s)"
                inputMode="decimal"
                value={controls.start}
                onValue={(start) => set({ start: start.replace(/[^\d.]/g, '') })}
              />
              <TextField
                label="Length (s)"
                inputMode="decimal"
                value={controls.length}
                onValue={(length) => set({ length: length.replace(/[^\d.]/g, '') })}
              />
            </div>
          )}
          <SelectField label="Crop" options={CROPS} value={controls.crop} onValue={(crop) => set({ crop })} />
          <SelectField
            label="Keep"
            options={GRAVITIES}
            value={controls.gravity}
            onValue={(gravity) => set({ gravity })}
          />
          <div className="form-grid two">
            <TextField
              label="Angle"
              inputMode="numeric"
              value={controls.angle}
              onValue={(angle) => set({ angle: angle.replace(/[^\d-]/g, '') })}
            />
            <TextField
              label="Radius"
              value={controls.radius}
              onValue={(radius) => set({ radius: radius.replace(/[^\da-z:]/g, '') })}
            />
          </div>
          <SelectField
            label="Effect"
            options={film ? FILM_EFFECTS : EFFECTS}
            value={controls.effect}
            onValue={(effect) => set({ effect })}
          />
          <SelectField
            label="Quality"
            options={QUALITIES}
            value={controls.quality}
            onValue={(quality) => set({ quality })}
          />
          <SelectField
            label="Format"
            options={film ? FILM_FORMATS : FORMATS}
            value={controls.format}
            onValue={(value) => set({ format: value })}
          />
          {(named.data ?? []).length > 0 && (
            <SelectField
              label="Named transformation"
              value={/^t_([^,/]+)$/.exec(clean)?.[1] ?? ''}
              options={[['', 'None'], ...(named.data ?? []).map((name) => [name, name] as const)]}
              onValue={(name) => use(name === '' ? '' : `t_${name}`)}
            />
          )}
        </form>
        <div className="stack">
          <TextField
            label="Transformation"
            className="input mono"
            spellCheck={false}
            autoCapitalize="off"
            placeholder="c_fill,g_auto,h_300,w_400/e_sharpen"
            value={text}
            onValue={use}
            error={planned !== undefined && 'problem' in planned ? planned.problem : undefined}
          />
          <div className="before-after">
            <figure>
              <Picture source={before} type={asset.resource_type === 'video' ? 'video/' : 'image/'} name="Before" />
              <figcaption>
                Before · {asset.format} · {bytesText(asset.bytes)}
              </figcaption>
            </figure>
            <figure className={busy ? 'busy' : ''} aria-busy={busy}>
              {error !== undefined ? (
                <Problem error={error} />
              ) : result === undefined ? (
                <Waiting text="Rendering" />
              ) : (
                <Picture source={result.object} type={result.type} name="After" />
              )}
              <figcaption role="status">
                {result !== undefined && error === undefined
                  ? `After · ${formatOf(result.type)} · ${bytesText(result.bytes)} · ${Math.round(result.ms)} ms`
                  : 'After'}
              </figcaption>
            </figure>
          </div>
          <PlanCard asset={asset} plan={plan} waiting={waiting} />
          <section className="card" aria-labelledby="code-title">
            <div className="row wrap">
              <h2 id="code-title" className="grow">
                Code
              </h2>
              <select
                className="input slim"
                aria-label="Language"
                value={language}
                onChange={(event) => setLanguage(event.target.value)}
              >
                {all.map(({ id, label }) => (
                  <option key={id} value={id}>
                    {label}
                  </option>
                ))}
              </select>
            </div>
            <Code label={`${shown.label} code`} text={shown.code} />
          </section>
        </div>
      </div>
      {saving && (
        <NameDialog
          title="Save as named transformation"
          label="Name"
          action="Save"
          onClose={() => setSaving(false)}
          onName={async (name) => {
            await api.post('/admin/transformations', { name, transformation: clean });
            toast.show(`Saved: use it as t_${name}`);
            named.reload();
          }}
        />
      )}
    </div>
  );
}

/** `jpg` of `image/jpeg`, as assets are named. */
const formatOf = (type: string): string =>
  type
    .replace(/^\w+\/(x-)?/, '')
    .replace(/\+.*|;.*/, '')
    .replace('jpeg', 'jpg');

export default function Workbench() {
  const { path } = usePlace();
  const id = path[1];
  const { data, error, reload } = useLoad(
    (signal) =>
      id === undefined
        ? Promise.resolve(undefined)
        : api.get<Asset>(`/admin/resources/${encodeURIComponent(id)}`, {}, signal),
    [id],
  );
  if (id === undefined) return <Chooser />;
  if (error !== undefined)
    return (
      <div className="page">
        <Problem error={error} onRetry={reload} />
      </div>
    );
  if (data === undefined || data.asset_id !== id) return <Waiting />;
  return <Bench key={id} asset={data} />;
}
