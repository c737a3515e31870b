import type { SignIn } from '../engine/index.ts';

/** Begins signing in; how it goes is told by the session. */
export type StartSignIn = (how: SignIn) => Promise<void>;
