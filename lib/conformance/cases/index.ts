// All cases, in the order in which they run and are listed.

import type { Case } from '../case.ts';

export const CASES: readonly Case[] = [
];
