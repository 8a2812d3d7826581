import { type FormEvent, useState } from 'react';
import { api, type Session } from './api.ts';
import { usePlace } from './router.ts';
import { Icon } from './ui/icons.tsx';
import { Button, TextField } from './ui/parts.tsx';

export default function SignIn({ onSession, ended }: { onSession: (session: Session) => void; ended: boolean }) {
  const { query } = usePlace();
  const [cloud, setCloud] = useState('');
  const [apiKey, setApiKey] = useState('');
  const [apiSecret, setApiSecret] = useState('');
  const [problem, setProblem] = useState(
    query.get('link') === 'used'
      ? 'This link was used already or is older than an hour. Sign in with the key, or restart the server for a new link.'
      : '',
  );
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      const session = await api.post<Session>('/session', {
        cloud: cloud.trim(),
        apiKey: apiKey.trim(),
        apiSecret: apiSecret.trim(),
      });
      setApiSecret('');
      onSession(session);
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  };

  /** A pasted `cloudinary://KEY:SECRET@CLOUD` fills all three. */
  const paste = (text: string): boolean => {
    const found = /cloudinary:\/\/([^:]+):([^@]+)@([^?/\s]+)/.exec(text);
    if (!found) return false;
    setApiKey(decodeURIComponent(found[1]!));
    setApiSecret(decodeURIComponent(found[2]!));
    setCloud(found[3]!);
    return true;
  };

  return (
    <main className="sign-in">
      <form onSubmit={submit} aria-label="Sign in">
        <div className="brand large">
          <span className="mark">
            <Icon name="stamp" size={26} />
          </span>
          <h1>Signet</h1>
        </div>
        {ended && problem === '' && <p className="notice">The session has ended. Please sign in again.</p>}
        <TextField
          label="Cloud name"
          autoComplete="organization"
          autoFocus
          required
          value={cloud}
          onValue={(value) => paste(value) || setCloud(value)}
          hint="Or paste the whole CLOUDINARY_URL here"
        />
        <TextField label="API key" autoComplete="username" required value={apiKey} onValue={setApiKey} />
        <TextField
          label="API secret"
          type="password"
          autoComplete="current-password"
          required
          value={apiSecret}
          onValue={setApiSecret}
        />
        {problem && (
          <p className="hint problem" role="alert">
            {problem}
          </p>
        )}
        <Button look="primary" type="submit" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </Button>
      </form>
    </main>
  );
}
