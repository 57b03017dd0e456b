// The switches of the endpoint.
//
// Law: the endpoint asks for a switch only where it would make a difference, and last. So a case in which the correct endpoint never asks
// for it is one in which the endpoint with that switch on does the same, and need not be run.

import type { Fault } from './faults.ts';
import type { Liberty } from './liberties.ts';

export type Switch = Fault | Liberty;

/** Whether the endpoint does this. */
export type Does = (what: Switch) => boolean;
