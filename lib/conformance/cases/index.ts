// All cases, in the order in which they run and are listed.

import type { Case } from '../case.ts';
import { AFTER_CLOSE } from './after-close.ts';
import { CLOSE_CODES } from './close-codes.ts';
import { CLOSING } from './closing.ts';
import { CLOSING_ORDER } from './closing-order.ts';
import { COMPRESSION_BOMBS } from './compression-bombs.ts';
import { COMPRESSION_DATA } from './compression-data.ts';
import { COMPRESSION_ECHO } from './compression-echo.ts';
import { COMPRESSION_FAULTS } from './compression-faults.ts';
import { COMPRESSION_NEGOTIATION } from './compression-negotiation.ts';
import { COMPRESSION_WINDOWS } from './compression-windows.ts';
import { CONTROL } from './control.ts';
import { FLOODS } from './floods.ts';
import { FRAGMENTATION } from './fragmentation.ts';
import { FRAMING } from './framing.ts';
import { HANDSHAKE_ANSWERS } from './handshake-answers.ts';
import { HANDSHAKE_FIRST_FRAME } from './handshake-first-frame.ts';
import { HANDSHAKE_LISTS } from './handshake-lists.ts';
import { HANDSHAKE_REQUEST } from './handshake-request.ts';
import { HANDSHAKE_REQUEST_SYNTAX } from './handshake-request-syntax.ts';
import { HANDSHAKE_RESPONSE } from './handshake-response.ts';
import { HANDSHAKE_SLOW } from './handshake-slow.ts';
import { LENGTHS } from './lengths.ts';
import { LIMITS } from './limits.ts';
import { MASKING } from './masking.ts';
import { RESERVED } from './reserved.ts';
import { RESERVED_PLACES } from './reserved-places.ts';
import { SWEEPS } from './sweeps.ts';
import { UTF8 } from './utf8.ts';
import { UTF8_SPLITS } from './utf8-splits.ts';

export const CASES: readonly Case[] = [
  ...FRAMING,
  ...CONTROL,
  ...RESERVED,
  ...FRAGMENTATION,
  ...UTF8,
  ...CLOSING,
  ...LIMITS,
  ...HANDSHAKE_REQUEST,
  ...HANDSHAKE_REQUEST_SYNTAX,
  ...HANDSHAKE_RESPONSE,
  ...HANDSHAKE_ANSWERS,
  ...HANDSHAKE_LISTS,
  ...HANDSHAKE_FIRST_FRAME,
  ...HANDSHAKE_SLOW,
  ...COMPRESSION_NEGOTIATION,
  ...COMPRESSION_DATA,
  ...COMPRESSION_FAULTS,
  ...COMPRESSION_WINDOWS,
  ...COMPRESSION_ECHO,
  ...COMPRESSION_BOMBS,
  ...MASKING,
  ...LENGTHS,
  ...RESERVED_PLACES,
  ...CLOSE_CODES,
  ...AFTER_CLOSE,
  ...CLOSING_ORDER,
  ...SWEEPS,
  ...UTF8_SPLITS,
  ...FLOODS,
];
