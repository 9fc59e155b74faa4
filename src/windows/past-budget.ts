// The error past the budget of all windows.
import type { ByteBudget } from '../base/byte-budget.ts';
import { limitExceeded, type PulseError } from '../base/errors.ts';

export function pastBudget({ maxBytes }: ByteBudget): PulseError {
  const remedy = 'ask for shorter windows or fewer groups, or end other subscriptions';
  return limitExceeded(`all windows together would hold more than ${maxBytes} bytes; ${remedy}`, maxBytes);
}
