import type { ReactNode } from 'react';
import css from './icons.module.css';

/** Line drawings on a grid of 24; each has a word beside it or a label on its button. */
const DRAWINGS = {
  market: <path d="M4 9h16l-1.4 10.2a2 2 0 0 1-2 1.8H7.4a2 2 0 0 1-2-1.8zM8.5 9a3.5 3.5 0 0 1 7 0" />,
  runs: <path d="M4 6h4m3 0h9M4 12h9m3 0h4M4 18h2m3 0h11" />,
  services: <path d="M5 4h6v6H5zM13 14h6v6h-6zM13 4h6v6h-6zM5 14h6v6H5z" />,
  workbench: <path d="M3 19h18M5 19V8h14v11M9 8V5h6v3M9 13h6" />,
  wallet: <path d="M4 7h15a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zm0 0 11-3v3m1 6h4" />,
  person: <path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-7.5 8a7.5 7.5 0 0 1 15 0" />,
  light: (
    <path d="M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4" />
  ),
  dark: <path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z" />,
  auto: <path d="M12 4a8 8 0 1 0 0 16zm0 0a8 8 0 0 1 0 16z" />,
  star: <path d="m12 4 2.5 5.1 5.5.8-4 3.9 1 5.5-5-2.6-5 2.6 1-5.5-4-3.9 5.5-.8z" />,
  key: <path d="M8 19a4 4 0 1 1 3.5-6H20v3h-2v2.5h-3V16h-3.5A4 4 0 0 1 8 19zm0-4h.01" />,
  phone: <path d="M8 3.5h8a1 1 0 0 1 1 1v15a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1zM11 17.5h2" />,
  puzzle: <path d="M5 8h3.5a2 2 0 1 1 4 0H16v3.5a2 2 0 1 1 0 4V19H5z" />,
  eye: <path d="M3 12s3.2-6 9-6 9 6 9 6-3.2 6-9 6-9-6-9-6zm9 2.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z" />,
  lock: <path d="M6 11h12v9H6zm2.5 0V8a3.5 3.5 0 0 1 7 0v3" />,
  microphone: (
    <path d="M12 3.5a2.5 2.5 0 0 0-2.5 2.5v5a2.5 2.5 0 0 0 5 0V6A2.5 2.5 0 0 0 12 3.5zM6 11a6 6 0 0 0 12 0m-6 6v3.5" />
  ),
  file: <path d="M6 3.5h8l4 4v13H6zm8 0v4h4" />,
  arrow: <path d="M5 12h14m-6-6 6 6-6 6" />,
} satisfies Record<string, ReactNode>;

/** Names of the drawings. */
export type IconName = keyof typeof DRAWINGS;

/** One of the drawings, as large as the text around it. */
export function Icon({ name, filled = false }: { readonly name: IconName; readonly filled?: boolean }) {
  return (
    <svg className={css['icon']} data-filled={filled} viewBox="0 0 24 24" aria-hidden="true">
      {DRAWINGS[name]}
    </svg>
  );
}
