import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple } from '@mantine/core';

/** The accent: what copper coins turn to. Shades for the kit's arithmetic; what is seen comes from `theme.css`. */
const VERDIGRIS: MantineColorsTuple = [
  '#e6f5f1',
  '#dcefea',
  '#b3ded5',
  '#86cbbe',
  '#62cdbb',
  '#45bba8',
  '#0c6b5f',
  '#0a5a50',
  '#09564c',
  '#06413a',
];

/** The component kit's settings. */
export const theme = createTheme({
  primaryColor: 'verdigris',
  colors: { verdigris: VERDIGRIS },
  defaultRadius: 'md',
  respectReducedMotion: true,
  // White, which the kit takes, cannot be read on the light accent of the dark scheme.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    return input.variant === 'filled' ? { ...colors, color: 'var(--on-accent)' } : colors;
  },
});
