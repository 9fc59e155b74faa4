// How often a test repeats what it checks: a sample in `npm test`, the full count in `npm run test:long`.

/** Whether this is the long run. */
const isLong = process.env['PULSEQL_SUITE'] === 'long';

interface Repeats {
  readonly quick: number;
  readonly long: number;
  /** Environment variable that sets another count. */
  readonly variable?: string;
}

export function repeats({ quick, long, variable }: Repeats): number {
  const given = variable === undefined ? undefined : process.env[variable];
  return given === undefined ? (isLong ? long : quick) : Number(given);
}
