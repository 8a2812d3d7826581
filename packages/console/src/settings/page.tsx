import { lazy, type ReactNode, Suspense } from 'react';
import { hrefOf, usePlace } from '../router.ts';
import { Link, Waiting } from '../ui/parts.tsx';

const Presets = lazy(() => import('./presets.tsx'));
const Metadata = lazy(() => import('./metadata/page.tsx'));
const Transformations = lazy(() => import('./transformations.tsx'));
const Webhooks = lazy(() => import('./webhooks.tsx'));
const Jobs = lazy(() => import('./jobs.tsx'));
const Keys = lazy(() => import('./keys.tsx'));
const Environments = lazy(() => import('./environments.tsx'));
const Usage = lazy(() => import('./usage.tsx'));

const TABS: readonly (readonly [string, string, () => ReactNode])[] = [
  ['presets', 'Upload presets', () => <Presets />],
  ['metadata', 'Metadata', () => <Metadata />],
  ['transformations', 'Transformations', () => <Transformations />],
  ['webhooks', 'Webhooks', () => <Webhooks />],
  ['jobs', 'Jobs', () => <Jobs />],
  ['keys', 'Access keys', () => <Keys />],
  ['environments', 'Environments', () => <Environments />],
  ['usage', 'Usage', () => <Usage />],
];

export default function Settings() {
  const { path } = usePlace();
  const [id, , show] = TABS.find(([name]) => name === path[1]) ?? TABS[0]!;
  return (
    <div className="page">
      <h1>Settings</h1>
      <nav className="tabs" aria-label="Settings">
        {TABS.map(([name, label]) => (
          <Link key={name} href={hrefOf(['settings', name])} aria-current={name === id ? 'page' : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <Suspense fallback={<Waiting />}>{show()}</Suspense>
    </div>
  );
}
