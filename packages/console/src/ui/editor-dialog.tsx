import { type ReactNode, useState } from 'react';
import { Button, Dialog, Problem, TextField } from './parts.tsx';

const FIRST_FIELD = 'form :is(input, select, textarea):not(:disabled)';

/** A form in a dialog: what goes wrong while saving is said in it, and it stays open until the change is kept. */
export function EditorDialog({
  title,
  action = 'Save',
  onSave,
  onClose,
  children,
  wide = false,
}: {
  title: string;
  action?: string;
  onSave: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}) {
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  return (
    <Dialog title={title} onClose={onClose} wide={wide} focus={FIRST_FIELD}>
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          setBusy(true);
          setProblem(undefined);
          try {
            await onSave();
            onClose();
          } catch (error) {
            setProblem(error as Error);
            setBusy(false);
          }
        }}
      >
        {children}
        {problem && <Problem error={problem} />}
        <div className="row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Asks for one line of text, for instance the name of a new folder. */
export function NameDialog({
  label,
  hint,
  initial = '',
  onName,
  ...dialog
}: {
  title: string;
  label: string;
  hint?: ReactNode;
  initial?: string;
  action: string;
  onName: (name: string) => Promise<void>;
  onClose: () => void;
}) {
  const [name, setName] = useState(initial);
  return (
    <EditorDialog {...dialog} onSave={() => onName(name.trim())}>
      <TextField label={label} hint={hint} required value={name} onValue={setName} />
    </EditorDialog>
  );
}
