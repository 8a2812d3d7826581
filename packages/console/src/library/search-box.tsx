import { type RefObject, useEffect, useState } from 'react';
import { Icon } from '../ui/icons.tsx';
import { Dialog, IconButton } from '../ui/parts.tsx';

const HELP: readonly (readonly [string, string])[] = [
  ['sunset', 'the word in any text of an asset'],
  ['tags=kitten', 'exactly this tag; : finds it as a phrase'],
  ['folder:products/*', 'in the folder or below; folder=products only in it'],
  ['resource_type:video AND duration>30', 'both; OR, NOT and parentheses work too'],
  ['format:(jpg OR png)', 'one of several values'],
  ['bytes>1mb', 'sizes with kb, mb, gb'],
  ['width:[800 TO 1200]', 'a range; { } leaves the ends out'],
  ['created_at>3d', 'in the last three days: h, d, w, m, y, or a date'],
  ['context.alt:"blue shirt"', 'a context value; metadata.<field> likewise'],
  ['-tags=draft', 'without this tag'],
];

export function SearchHelp({ onClose, onUse }: { onClose: () => void; onUse: (text: string) => void }) {
  return (
    <Dialog title="The search language" onClose={onClose}>
      <ul className="search-help">
        {HELP.map(([example, meaning]) => (
          <li key={example}>
            <button type="button" className="example" onClick={() => onUse(example)}>
              {example}
            </button>
            <span>{meaning}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** Where in the typed text the server stumbled, from 0; the server counts from 1. */
export function errorPlace(message: string, offset: number): number | undefined {
  const found = /position (\d+)/.exec(message);
  return found === null ? undefined : Math.max(0, Number(found[1]) - 1 - offset);
}

export function SearchBox({
  value,
  error,
  offset,
  inputRef,
  onSearch,
}: {
  value: string;
  error: string | undefined;
  offset: number;
  inputRef: RefObject<HTMLInputElement | null>;
  onSearch: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  const [help, setHelp] = useState(false);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onSearch(text), 250);
    return () => clearTimeout(timer);
  }, [text, value, onSearch]);
  const place = error === undefined || text !== value ? undefined : errorPlace(error, offset);
  const said = error !== undefined && text === value ? error : undefined;
  return (
    <search className="search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSearch(text);
        }}
      >
        <Icon name="search" size={18} />
        <input
          ref={inputRef}
          type="search"
          className="search-input"
          placeholder="Search, or tags=cat AND width>800"
          aria-label="Search"
          aria-invalid={said !== undefined}
          aria-describedby={said === undefined ? undefined : 'search-error'}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <IconButton label="Help with the search language" icon="help" onClick={() => setHelp(true)} />
      </form>
      {said !== undefined && (
        <div id="search-error" className="search-error" role="alert">
          {place !== undefined && (
            <code aria-hidden="true">
              {text.slice(0, place)}
              <mark>{text.slice(place, place + 1) || ' '}</mark>
              {text.slice(place + 1)}
            </code>
          )}
          <span>{said}</span>
        </div>
      )}
      {help && (
        <SearchHelp
          onClose={() => setHelp(false)}
          onUse={(example) => {
            setText(example);
            setHelp(false);
            onSearch(example);
          }}
        />
      )}
    </search>
  );
}
