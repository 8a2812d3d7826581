/** Colours that a page may set by `styles.palette`, by the cloud's names. */
export interface Sheet {
  window: string;
  windowBorder: string;
  tabIcon: string;
  textDark: string;
  textLight: string;
  link: string;
  action: string;
  error: string;
  inProgress: string;
  complete: string;
  sourceBg: string;
  menuIcons: string;
  inactiveTabIcon: string;
}

const LIGHT: Sheet = {
  window: '#ffffff',
  windowBorder: '#d5dae1',
  tabIcon: '#23508f',
  textDark: '#1b2330',
  textLight: '#ffffff',
  link: '#23508f',
  action: '#23508f',
  error: '#a9231f',
  inProgress: '#23508f',
  complete: '#1d6b40',
  sourceBg: '#f3f5f8',
  menuIcons: '#4a5565',
  inactiveTabIcon: '#1b2330',
};

const DARK: Sheet = {
  window: '#1a2029',
  windowBorder: '#3a4656',
  tabIcon: '#8fb8f2',
  textDark: '#e8edf3',
  textLight: '#10213a',
  link: '#8fb8f2',
  action: '#8fb8f2',
  error: '#ff9d96',
  inProgress: '#8fb8f2',
  complete: '#84d3a4',
  sourceBg: '#12161c',
  menuIcons: '#b5c0cd',
  inactiveTabIcon: '#e8edf3',
};

const THEMES: Readonly<Record<string, Sheet>> = {
  default: LIGHT,
  white: LIGHT,
  minimal: LIGHT,
  purple: { ...LIGHT, tabIcon: '#6b3fa0', link: '#6b3fa0', action: '#6b3fa0', inProgress: '#6b3fa0' },
  dark: DARK,
};

export const sheetOf = (theme = 'default', palette: Readonly<Record<string, string>> = {}): Sheet => {
  const named = theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : theme;
  const own = Object.entries(palette).filter(([name]) => name in LIGHT);
  return { ...(THEMES[named] ?? LIGHT), ...Object.fromEntries(own.map(([name, color]) => [name, color.slice(0, 40)])) };
};

export const CSS = `
:host { all: initial; }
[hidden] { display: none !important; }
* { box-sizing: border-box; font-family: var(--font), system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif; }
.back { position: fixed; inset: 0; z-index: 2147483000; display: grid; place-items: center; padding: 12px;
  background: var(--frame); }
.inline { position: static; background: none; padding: 0; display: block; }
.window { display: flex; flex-direction: column; width: min(720px, 100%); max-height: min(640px, 100%);
  border: 1px solid var(--windowBorder); border-radius: 16px; overflow: hidden; background: var(--window);
  color: var(--textDark); font-size: 15px; line-height: 1.45; box-shadow: 0 10px 40px rgb(10 16 26 / 25%); }
.inline .window { width: 100%; max-height: none; box-shadow: none; }
header { display: flex; align-items: center; gap: 4px; padding: 12px 10px 10px 20px; }
h2 { flex: 1; margin: 0; font-size: 17px; font-weight: 620; }
button { font: inherit; color: inherit; cursor: pointer; }
.icon { display: grid; place-items: center; width: 36px; height: 36px; border: 0; border-radius: 9px; background: none;
  font-size: 20px; line-height: 1; color: var(--menuIcons); }
.icon:hover { background: var(--sourceBg); }
:focus-visible { outline: 2px solid var(--action); outline-offset: 2px; }
.tabs { display: flex; gap: 2px; padding: 0 14px; border-bottom: 1px solid var(--windowBorder); overflow-x: auto; }
.tabs button { padding: 9px 12px; border: 0; border-bottom: 2px solid transparent; background: none; font-weight: 550;
  white-space: nowrap; color: var(--inactiveTabIcon); }
.tabs button[aria-selected=true] { color: var(--tabIcon); border-bottom-color: var(--tabIcon); }
.body { flex: 1; min-height: 240px; overflow: auto; padding: 18px 20px; display: flex; flex-direction: column; gap: 14px; }
.drop { flex: 1; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 14px;
  min-height: 210px; padding: 20px; border: 2px dashed var(--windowBorder); border-radius: 14px;
  background: var(--sourceBg); text-align: center; }
.drop.over { border-color: var(--action); }
.action { min-height: 40px; padding: 0 18px; border: 1px solid var(--action); border-radius: 10px;
  background: var(--action); color: var(--textLight); font-weight: 560; }
.plain { min-height: 40px; padding: 0 16px; border: 1px solid var(--windowBorder); border-radius: 10px; background: none; }
label { display: flex; flex-direction: column; gap: 5px; font-size: 14px; font-weight: 550; }
input, select { width: 100%; min-height: 40px; padding: 6px 11px; border: 1px solid var(--windowBorder); border-radius: 9px;
  background: var(--window); color: var(--textDark); font: inherit; font-weight: 400; }
input[hidden] { display: none; }
.address { display: flex; flex-direction: column; gap: 14px; }
.camera { display: flex; flex-direction: column; gap: 14px; align-items: center; }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.end { justify-content: flex-end; }
.grow { flex: 1; min-width: 0; }
video, .crop { max-width: 100%; border-radius: 12px; background: #000; align-self: center; }
video { max-height: 320px; }
.crop { position: relative; overflow: hidden; touch-action: none; background: none; line-height: 0; }
.size { position: absolute; left: 4px; top: 4px; width: auto; height: auto; border: 0; border-radius: 6px; padding: 4px 6px;
  background: rgb(0 0 0 / 65%); color: #fff; font-size: 12px; line-height: 1; cursor: inherit; }
.crop img { max-width: 100%; max-height: 340px; user-select: none; -webkit-user-drag: none; }
.part { position: absolute; border: 2px solid #fff; box-shadow: 0 0 0 2000px rgb(0 0 0 / 50%); cursor: move; }
.part span { position: absolute; right: -9px; bottom: -9px; width: 18px; height: 18px; border-radius: 50%; background: #fff;
  border: 2px solid var(--action); cursor: nwse-resize; }
ul { margin: 0; padding: 0; list-style: none; display: flex; flex-direction: column; gap: 12px; }
li { display: grid; grid-template-columns: 52px minmax(0, 1fr) auto; gap: 2px 12px; align-items: center; }
li img, li .blank { width: 52px; height: 44px; border-radius: 8px; object-fit: cover; background: var(--sourceBg);
  grid-row: span 3; }
.name { font-weight: 550; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.state { grid-column: 2; font-size: 13.5px; overflow-wrap: anywhere; }
.failed .state, .problem { color: var(--error); }
progress { grid-column: 2; width: 100%; height: 6px; appearance: none; border: 0; border-radius: 9px; overflow: hidden;
  background: var(--sourceBg); }
progress::-webkit-progress-bar { background: var(--sourceBg); }
progress::-webkit-progress-value { background: var(--inProgress); }
.done progress::-webkit-progress-value { background: var(--complete); }
.failed progress::-webkit-progress-value { background: var(--error); }
progress::-moz-progress-bar { background: var(--inProgress); }
.done progress::-moz-progress-bar { background: var(--complete); }
.failed progress::-moz-progress-bar { background: var(--error); }
.buttons { grid-row: span 2; display: flex; }
footer { display: flex; justify-content: flex-end; gap: 8px; padding: 10px 20px 18px; }
.small { position: fixed; right: var(--right); left: var(--left); bottom: 16px; z-index: 2147483000; padding: 10px 18px; border: 1px solid
  var(--windowBorder); border-radius: 99px; background: var(--window); color: var(--textDark); font: inherit;
  box-shadow: 0 6px 24px rgb(10 16 26 / 25%); }
details { font-size: 14px; }
summary { cursor: pointer; margin-bottom: 10px; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; }
`;

const FRAME = 'rgb(10 16 26 / 50%)';

export interface Styles {
  palette?: Readonly<Record<string, string>>;
  /** Family → address of its style sheet, `null`, or `{url, active}`. */
  fonts?: Readonly<Record<string, string | null | { url?: string | null; active?: boolean }>>;
  frame?: { background?: string };
}

/** Everything of the looks that a page may choose, as custom properties of the host. */
export function propertiesOf(theme: string | undefined, styles: Styles = {}, position = ''): Record<string, string> {
  const [side, length] = position.split(':').map((part) => part.trim());
  const away = /^\d{1,4}(px|rem|em|%)$/.test(length ?? '') ? length! : '35px';
  return {
    ...Object.fromEntries(
      Object.entries(sheetOf(theme, styles.palette)).map(([name, value]) => [`--${name}`, String(value)]),
    ),
    '--frame': (styles.frame?.background ?? FRAME).slice(0, 60),
    '--font': activeFont(styles)?.[0] ?? 'system-ui',
    '--left': side === 'left' ? away : 'auto',
    '--right': side === 'left' ? 'auto' : away,
  };
}

/** The font family in use with the address of its style sheet. `default` stands for the page's own choice of none. */
export function activeFont({ fonts = {} }: Styles): readonly [family: string, sheet: string | undefined] | undefined {
  const rows = Object.entries(fonts).filter(([family]) => family !== 'default');
  const chosen = rows.find(([, value]) => typeof value === 'object' && value?.active) ?? rows[0];
  if (chosen === undefined) return undefined;
  const [family, value] = chosen;
  const address = typeof value === 'string' ? value : (value?.url ?? undefined);
  return [family, address];
}
