import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react';
import { ApiError, api, onSignedOut, type Session, withSession } from './api.ts';
import { go, hrefOf, usePlace } from './router.ts';
import { SessionProvider } from './session.ts';
import SignIn from './sign-in.tsx';
import { Icon, type IconName } from './ui/icons.tsx';
import { Mishap } from './ui/mishap.tsx';
import { Empty, Link, Menu, Problem, Waiting } from './ui/parts.tsx';
import { ShortcutHelp, useShortcuts } from './ui/shortcuts.tsx';
import { Toasts } from './ui/toast.tsx';
import { createQueue, type Queue } from './upload/queue.ts';
import { UploadTray } from './upload/tray.tsx';

const Library = lazy(() => import('./library/page.tsx'));
const Workbench = lazy(() => import('./workbench/page.tsx'));
const Signatures = lazy(() => import('./signatures.tsx'));
const Settings = lazy(() => import('./settings/page.tsx'));

const AREAS: readonly { path: string; label: string; icon: IconName }[] = [
  { path: 'library', label: 'Library', icon: 'library' },
  { path: 'transform', label: 'Transform', icon: 'wand' },
  { path: 'signatures', label: 'Signatures', icon: 'key' },
  { path: 'settings', label: 'Settings', icon: 'settings' },
];

type Theme = 'auto' | 'light' | 'dark';
const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    const kept = localStorage.getItem('signet-theme') as Theme | null;
    return kept !== null && THEMES.includes(kept) ? kept : 'auto';
  });
  useEffect(() => {
    localStorage.setItem('signet-theme', theme);
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return [theme, () => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!)];
}

function Page({ area, queue }: { area: string; queue: Queue }): ReactNode {
  switch (area) {
    case 'library':
      return <Library queue={queue} />;
    case 'transform':
      return <Workbench />;
    case 'signatures':
      return <Signatures />;
    case 'settings':
      return <Settings />;
    default:
      return (
        <div className="page">
          <Empty icon="search" title="There is no such page">
            <Link className="button primary" href={hrefOf(['library'])}>
              Go to the library
            </Link>
          </Empty>
        </div>
      );
  }
}

function Shell({ session, onSignOut }: { session: Session; onSignOut: () => void }) {
  const { path } = usePlace();
  const area = path[0] ?? 'library';
  const queue = useMemo(() => createQueue(session), [session]);
  const [theme, nextTheme] = useTheme();
  const [helping, setHelping] = useState(false);
  useShortcuts(setHelping);
  const label = AREAS.find((item) => item.path === area)?.label;
  useEffect(() => {
    document.title = label === undefined ? 'Signet' : `${label} · Signet`;
  }, [label]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (queue.items().some(({ state }) => state === 'sending' || state === 'waiting')) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [queue]);
  // A file that misses the library would be opened in place of this page, and uploads would be lost.
  useEffect(() => {
    const catchFile = (event: DragEvent): void => {
      if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'none';
    };
    window.addEventListener('dragover', catchFile);
    window.addEventListener('drop', catchFile);
    return () => {
      window.removeEventListener('dragover', catchFile);
      window.removeEventListener('drop', catchFile);
    };
  }, []);
  return (
    <SessionProvider value={session}>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <div className="shell">
        <nav className="rail" aria-label="Areas">
          <div className="brand">
            <span className="mark">
              <Icon name="stamp" size={20} />
            </span>
            <span className="brand-name">Signet</span>
          </div>
          <ul>
            {AREAS.map((item) => (
              <li key={item.path}>
                <Link href={hrefOf([item.path])} aria-current={area === item.path ? 'page' : undefined}>
                  <Icon name={item.icon} />
                  <span>{item.label}</span>
                </Link>
              </li>
            ))}
          </ul>
          <div className="rail-foot">
            <span className="cloud-name" title={`API key ${session.api_key}`}>
              {session.cloud}
            </span>
            <Menu
              label="Account"
              icon="more"
              items={[
                { label: `Theme: ${theme}`, icon: 'sun', onSelect: nextTheme },
                { label: 'Keyboard shortcuts', icon: 'keyboard', onSelect: () => setHelping(true) },
                { label: 'Sign out', icon: 'out', onSelect: onSignOut },
              ]}
            />
          </div>
        </nav>
        <main id="content" tabIndex={-1}>
          <Suspense fallback={<Waiting />}>
            <Mishap key={area}>
              <Page area={area} queue={queue} />
            </Mishap>
          </Suspense>
        </main>
      </div>
      <UploadTray queue={queue} />
      {helping && <ShortcutHelp onClose={() => setHelping(false)} />}
    </SessionProvider>
  );
}

export function App() {
  const [session, setSession] = useState<Session | null>();
  const [ended, setEnded] = useState(false);
  const [problem, setProblem] = useState<Error>();

  useEffect(() => {
    onSignedOut(() => {
      setEnded(true);
      setSession(null);
    });
    api.get<Session>('/session').then(
      (found) => setSession(withSession(found)),
      (error: Error) => (error instanceof ApiError && error.status === 401 ? setSession(null) : setProblem(error)),
    );
  }, []);

  const signOut = async (): Promise<void> => {
    await api.delete('/session').catch(() => {});
    setSession(null);
    go(hrefOf([]));
  };

  if (problem !== undefined)
    return (
      <main className="sign-in">
        <Problem error={problem} onRetry={() => location.reload()} />
      </main>
    );
  return (
    <>
      {session === undefined && <Waiting />}
      {session === null && (
        <SignIn
          ended={ended}
          onSession={(found) => {
            setEnded(false);
            setSession(withSession(found));
          }}
        />
      )}
      {session && <Shell key={session.csrf} session={session} onSignOut={signOut} />}
      <Toasts />
    </>
  );
}
