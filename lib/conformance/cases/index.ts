// All cases, in the order in which they run and are listed.

import type { Case } from '../case.ts';
import { CLOSING } from './closing.ts';
import { CONTROL } from './control.ts';
import { FRAGMENTATION } from './fragmentation.ts';
import { FRAMING } from './framing.ts';
import { LIMITS } from './limits.ts';
import { RESERVED } from './reserved.ts';
import { UTF8 } from './utf8.ts';

export const CASES: readonly Case[] = [
  ...FRAMING,
  ...CONTROL,
  ...RESERVED,
  ...FRAGMENTATION,
  ...UTF8,
  ...CLOSING,
  ...LIMITS,
];
