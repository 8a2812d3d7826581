import {
  type ButtonHTMLAttributes,
  type ComponentProps,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { ApiError } from '../api.ts';
import { go } from '../router.ts';
import { Icon, type IconName } from './icons.tsx';
import { Toasts, toast } from './toast.tsx';

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'plain' | 'primary' | 'quiet' | 'danger';
  icon?: IconName;
};

export const Button = ({ look = 'plain', icon, children, className = '', ...rest }: ButtonProps) => (
  <button type="button" className={`button ${look} ${className}`} {...rest}>
    {icon && <Icon name={icon} size={18} />}
    {children && <span>{children}</span>}
  </button>
);

/** A button with a picture only; the label is spoken and shown on hover. */
export const IconButton = ({
  label,
  icon,
  className = '',
  ...rest
}: Omit<ButtonProps, 'look'> & { label: string; icon: IconName }) => (
  <button type="button" className={`icon-button ${className}`} aria-label={label} title={label} {...rest}>
    <Icon name={icon} />
  </button>
);

/** A link inside the console. */
export const Link = ({ href, onClick, ...rest }: ComponentProps<'a'> & { href: string }) => (
  <a
    href={href}
    onClick={(event) => {
      onClick?.(event);
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      go(href);
    }}
    {...rest}
  />
);

export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  children: (props: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ReactNode;
}) {
  const id = useId();
  const described = hint !== undefined || error !== undefined ? `${id}-more` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(described ? { 'aria-describedby': described } : {}),
        ...(error === undefined ? {} : { 'aria-invalid': true }),
      })}
      {described && (
        <div id={described} className={error === undefined ? 'hint' : 'hint problem'}>
          {error ?? hint}
        </div>
      )}
    </div>
  );
}

export const TextField = ({
  label,
  hint,
  error,
  value,
  onValue,
  ...rest
}: Omit<ComponentProps<'input'>, 'onChange' | 'value'> & {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  value: string;
  onValue: (value: string) => void;
}) => (
  <Field label={label} hint={hint} error={error}>
    {(props) => (
      <input className="input" value={value} onChange={(event) => onValue(event.target.value)} {...props} {...rest} />
    )}
  </Field>
);

export const SelectField = ({
  label,
  value,
  options,
  onValue,
  hint,
}: {
  label: string;
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  onValue: (value: string) => void;
  hint?: ReactNode;
}) => (
  <Field label={label} hint={hint}>
    {(props) => (
      <select className="input" value={value} onChange={(event) => onValue(event.target.value)} {...props}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    )}
  </Field>
);

export const Check = ({
  label,
  checked,
  onChecked,
  disabled = false,
}: {
  label: string;
  checked: boolean;
  onChecked: (checked: boolean) => void;
  disabled?: boolean;
}) => (
  <label className="check">
    <input
      type="checkbox"
      checked={checked}
      disabled={disabled}
      onChange={(event) => onChecked(event.target.checked)}
    />
    <span>{label}</span>
  </label>
);

/** The browser's own modal dialog: focus goes in, stays in, and comes back; Escape closes. */
export function Dialog({
  title,
  onClose,
  children,
  actions,
  wide = false,
  focus,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  actions?: ReactNode;
  wide?: boolean;
  /** Selector of what has the focus first; without it the browser decides. */
  focus?: string;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    const before = document.activeElement;
    dialog.showModal();
    if (focus !== undefined) dialog.querySelector<HTMLElement>(focus)?.focus();
    // Closed before it is taken out of the page: only then does the focus come back.
    return () => {
      dialog.close();
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
    };
  }, [focus]);
  return (
    <dialog
      ref={element}
      className={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={(event) => {
        if (event.target !== element.current) return;
        event.preventDefault();
        onClose();
      }}
    >
      <header>
        <h2 id={id} className="dialog-title" dir="auto">
          {title}
        </h2>
        <IconButton label="Close" icon="close" onClick={onClose} />
      </header>
      <div className="dialog-body">{children}</div>
      {actions && <footer>{actions}</footer>}
      <Toasts />
    </dialog>
  );
}

export function Confirm({
  title,
  text,
  action,
  onConfirm,
  onClose,
}: {
  title: string;
  text: ReactNode;
  action: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="danger"
            disabled={busy}
            onClick={async () => {
              setBusy(true);
              try {
                await onConfirm();
                onClose();
              } catch (error) {
                toast.problem(error);
                setBusy(false);
              }
            }}
          >
            {action}
          </Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}

export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const diagnosis = error instanceof ApiError ? error.diagnosis : null;
  return (
    <div className="problem-box" role="alert">
      <p>{diagnosis ?? (error as Error).message}</p>
      {onRetry && (
        <Button icon="retry" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export const Empty = ({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) => (
  <div className="empty">
    <Icon name={icon} size={40} />
    <p className="empty-title">{title}</p>
    {children}
  </div>
);

export const Waiting = ({ text = 'Loading' }: { text?: string }) => (
  <div className="waiting" role="status">
    <span className="spinner" />
    {text}
  </div>
);

export const CopyButton = ({ text, label = 'Copy' }: { text: string; label?: string }) => (
  <IconButton
    label={label}
    icon="copy"
    onClick={async () => {
      await copyText(text);
      toast.show('Copied');
    }}
  />
);

/** Clipboard access needs a secure address or loopback; elsewhere the old way. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text).catch(() => copyBySelection(text));
  copyBySelection(text);
}

function copyBySelection(text: string): void {
  const area = document.createElement('textarea');
  area.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

export const Code = ({ text, label }: { text: string; label: string }) => (
  <div className="code">
    {/* biome-ignore lint/a11y: it scrolls, so the keyboard must reach it, and a name is read */}
    <pre tabIndex={0} role="group" aria-label={label}>
      {text}
    </pre>
    <CopyButton text={text} label={`Copy ${label}`} />
  </div>
);

/** A button that opens a small list of actions. */
export function Menu({
  label,
  icon,
  items,
}: {
  label: string;
  icon: IconName;
  items: readonly { label: string; icon?: IconName; onSelect: () => void; disabled?: boolean }[];
}) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>('[role=menuitem]:not(:disabled)')?.focus();
    const close = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', close);
    return () => document.removeEventListener('pointerdown', close);
  }, [open]);
  const step = (by: number): void => {
    const all = [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + by + all.length) % all.length]?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the menu inside
    <div
      className="menu"
      ref={root}
      onKeyDown={(event) => {
        if (!open) return;
        if (event.key === 'Escape' || event.key === 'Tab') {
          setOpen(false);
          root.current?.querySelector<HTMLElement>('button')?.focus();
          if (event.key === 'Escape') event.stopPropagation();
        } else if (event.key === 'ArrowDown') step(1);
        else if (event.key === 'ArrowUp') step(-1);
        else return;
        event.preventDefault();
      }}
    >
      <IconButton
        label={label}
        icon={icon}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen((before) => !before)}
      />
      {open && (
        <div className="menu-list" role="menu" aria-label={label}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              disabled={item.disabled}
              onClick={() => {
                setOpen(false);
                root.current?.querySelector<HTMLElement>('button')?.focus();
                item.onSelect();
              }}
            >
              {item.icon && <Icon name={item.icon} size={18} />}
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
