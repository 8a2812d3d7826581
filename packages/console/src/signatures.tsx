import { useState } from 'react';
import { api } from './api.ts';
import { Button, Code, IconButton, Problem, SelectField, TextField } from './ui/parts.tsx';

interface Diagnosis {
  readonly verdict: 'valid' | 'mistake' | 'unknown' | 'not-a-digest' | 'no-secret';
  readonly text: string;
  readonly mistakes: readonly { id: string; sentence: string; repair: string }[];
  readonly stringToSign: string;
  readonly signedString?: string;
  readonly tried: { readonly digests: number; readonly complete: boolean };
}

interface Explained {
  readonly request: {
    readonly kind: string;
    readonly params: readonly (readonly [string, unknown])[];
    readonly signature?: string;
  };
  readonly diagnosis: Diagnosis;
}

const VERDICTS: Readonly<Record<Diagnosis['verdict'], string>> = {
  valid: 'The signature is right',
  mistake: 'Found what is wrong',
  unknown: 'The mistake is not one of the known ones',
  'not-a-digest': 'This cannot be a signature',
  'no-secret': 'There is no secret to compare with',
};

function Explain() {
  const [text, setText] = useState('');
  const [found, setFound] = useState<Explained>();
  const [problem, setProblem] = useState<Error>();
  return (
    <section className="card" aria-labelledby="explain-title">
      <h2 id="explain-title">Why does a signature fail?</h2>
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          setProblem(undefined);
          setFound(undefined);
          try {
            setFound(await api.post<Explained>('/explain', { text }));
          } catch (error) {
            setProblem(error as Error);
          }
        }}
      >
        <div className="field">
          <label htmlFor="failing">The failing request</label>
          <textarea
            id="failing"
            className="input mono"
            rows={8}
            required
            spellCheck={false}
            aria-describedby="failing-hint"
            placeholder={'curl -X POST … -F timestamp=… -F signature=…'}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <div id="failing-hint" className="hint">
            A cURL command or fetch as the browser copies it, a form or its body, JSON, lines of name=value, or the
            error text with its string to sign. It is compared on the server; secrets stay there.
          </div>
        </div>
        <div>
          <Button look="primary" type="submit">
            Explain
          </Button>
        </div>
      </form>
      {problem && <Problem error={problem} />}
      {found && (
        <div className={`verdict ${found.diagnosis.verdict}`} role="status">
          <h3>{VERDICTS[found.diagnosis.verdict]}</h3>
          <Findings {...found.diagnosis} />
          <h4>What the server signs for this request</h4>
          <Code label="string to sign" text={found.diagnosis.stringToSign || '(nothing)'} />
          {found.diagnosis.signedString !== undefined &&
            found.diagnosis.signedString !== found.diagnosis.stringToSign && (
              <>
                <h4>What the client signed</h4>
                <Code label="signed string" text={found.diagnosis.signedString} />
              </>
            )}
          <p className="hint">{found.diagnosis.tried.digests.toLocaleString()} possibilities were tried.</p>
        </div>
      )}
    </section>
  );
}

const asSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function Findings({ verdict, mistakes, text }: Diagnosis) {
  if (verdict === 'valid') return null;
  if (mistakes.length === 0) return <p>{text}</p>;
  return (
    <ol className={mistakes.length === 1 ? 'one' : undefined}>
      {mistakes.map(({ id, sentence, repair }) => (
        <li key={id}>
          {asSentence(sentence)} <strong>{asSentence(repair)}</strong>
        </li>
      ))}
    </ol>
  );
}

interface Made {
  readonly signature: string;
  readonly string_to_sign: string;
  readonly timestamp: number;
  readonly curl: string;
}

const START: readonly (readonly [string, string])[] = [
  ['public_id', 'hello'],
  ['tags', 'first,second'],
];

function Make() {
  const [pairs, setPairs] = useState(START);
  const [algorithm, setAlgorithm] = useState('sha1');
  const [kind, setKind] = useState('image');
  const [file, setFile] = useState('picture.jpg');
  const [made, setMade] = useState<Made>();
  const [problem, setProblem] = useState<Error>();
  return (
    <section className="card" aria-labelledby="make-title">
      <h2 id="make-title">Make a signature</h2>
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          setProblem(undefined);
          try {
            const params = Object.fromEntries(pairs.filter(([name]) => name.trim() !== ''));
            setMade(await api.post<Made>('/signature', { params, algorithm, resource_type: kind, file }));
          } catch (error) {
            setProblem(error as Error);
          }
        }}
      >
        <fieldset className="field">
          <legend>Parameters</legend>
          {pairs.map(([name, value], index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
            <div className="pair" key={index}>
              <input
                className="input mono"
                aria-label="Parameter"
                value={name}
                onChange={(event) => setPairs(pairs.with(index, [event.target.value, value]))}
              />
              <input
                className="input mono"
                aria-label={`Value of ${name || 'the parameter'}`}
                value={value}
                onChange={(event) => setPairs(pairs.with(index, [name, event.target.value]))}
              />
              <IconButton label={`Remove ${name}`} icon="close" onClick={() => setPairs(pairs.toSpliced(index, 1))} />
            </div>
          ))}
          <div>
            <Button look="quiet" icon="plus" onClick={() => setPairs([...pairs, ['', '']])}>
              Add a parameter
            </Button>
          </div>
          <div className="hint">A timestamp of now is added unless you give one.</div>
        </fieldset>
        <div className="form-grid">
          <SelectField
            label="Type"
            value={kind}
            onValue={setKind}
            options={[
              ['image', 'image'],
              ['video', 'video'],
              ['raw', 'raw'],
              ['auto', 'auto'],
            ]}
          />
          <SelectField
            label="Digest"
            value={algorithm}
            onValue={setAlgorithm}
            options={[
              ['sha1', 'SHA-1'],
              ['sha256', 'SHA-256'],
            ]}
          />
          <TextField label="File for the command" value={file} onValue={setFile} />
        </div>
        <div>
          <Button look="primary" type="submit">
            Sign
          </Button>
        </div>
      </form>
      {problem && <Problem error={problem} />}
      {made && (
        <div className="stack" role="status">
          <h3>Signature</h3>
          <Code label="signature" text={made.signature} />
          <h3>String to sign</h3>
          <Code label="string to sign" text={made.string_to_sign} />
          <p className="hint">The API secret is appended to it, and the whole hashed.</p>
          <h3>Command, good for an hour</h3>
          <Code label="cURL command" text={made.curl} />
        </div>
      )}
    </section>
  );
}

export default function Signatures() {
  return (
    <div className="page">
      <h1>Signatures</h1>
      <div className="columns">
        <Explain />
        <Make />
      </div>
    </div>
  );
}
