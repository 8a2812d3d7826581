const PATHS = {
  library: 'M4 5h7v7H4zM13 5h7v7h-7zM4 14h7v5H4zM13 14h7v5h-7z',
  wand: 'M4 20 15 9M14 4v3M20 10h-3M18.5 5.5l-2 2M9 6v2M5 10h2',
  stamp: 'M12 3.5a4.5 4.5 0 0 1 2.3 8.4V15H18v4H6v-4h3.7v-3.1A4.5 4.5 0 0 1 12 3.5z',
  key: 'M8 11.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM11.2 12.8 20 4M16 8l3 3M13.5 10.5l2 2',
  settings:
    'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4 12h2M18 12h2M12 4v2M12 18v2M6.3 6.3l1.5 1.5M16.2 16.2l1.5 1.5M17.7 6.3l-1.5 1.5M7.8 16.2l-1.5 1.5',
  upload: 'M12 16V5M7.5 9.5 12 5l4.5 4.5M5 16v3h14v-3',
  folder: 'M3.5 6.5h6l2 2h9v10h-17z',
  search: 'M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15.5 15.5 20 20',
  close: 'M6 6l12 12M18 6 6 18',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  chevron: 'M9 6l6 6-6 6',
  down: 'M6 9l6 6 6-6',
  up: 'M6 15l6-6 6 6',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13',
  tag: 'M4 4h8l8 8-8 8-8-8zM8 8h.01',
  download: 'M12 5v11M7.5 11.5 12 16l4.5-4.5M5 19h14',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  move: 'M3.5 6.5h6l2 2h9v10h-17zM9 14h6M13 12l2 2-2 2',
  grid: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  plus: 'M12 5v14M5 12h14',
  camera: 'M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 10.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  link: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.7L12 17',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 5l12 7-12 7z',
  retry: 'M19 12a7 7 0 1 1-2-5M19 4v4h-4',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  text: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 15.5h6',
  table: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6v6H9zM9 15h6M12 12v6',
  archive: 'M6 3h8l4 4v14H6zM14 3v4h4M11 5h.01M11 8h.01M11 11h.01M10 14h2v4h-2z',
  data: 'M6 3h8l4 4v14H6zM14 3v4h4M10.5 12 9 14.5l1.5 2.5M13.5 12l1.5 2.5-1.5 2.5',
  keyboard: 'M3 7h18v11H3zM7 10.5h.01M10.5 10.5h.01M14 10.5h.01M17.5 10.5h.01M8 14.5h8',
  filter: 'M4 6h16M7 12h10M10 18h4',
  film: 'M4 5h16v14H4zM8 5v14M16 5v14M4 9.5h4M4 14.5h4M16 9.5h4M16 14.5h4',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9h.01',
  music: 'M9 18a2.5 2.5 0 1 1-2.5-2.5H9V6l10-2v11.5a2.5 2.5 0 1 1-2.5-2.5H19',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  out: 'M10 5H5v14h5M14 8l4 4-4 4M9 12h9',
  help: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.7 9.5a2.4 2.4 0 1 1 3.4 2.2c-.8.4-1.1.8-1.1 1.8M12 16.5h.01',
  menu: 'M4 6h16M4 12h16M4 18h16',
  code: 'M8 7l-5 5 5 5M16 7l5 5-5 5',
  undo: 'M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10h-3',
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name, size = 20 }: { name: IconName; size?: number }) => (
  <svg
    className="icon"
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth={name === 'more' ? 2.6 : 1.7}
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={PATHS[name]} />
  </svg>
);
