// Opens the store whose file is the first argument and prints `opened`, or the code of the error.
import { systemClock } from '../../src/base/clock.ts';
import { isPulseError } from '../../src/base/errors.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

try {
  const storage = await openSqliteStore({ clock: systemClock, file: process.argv[2] ?? '', onWarning: console.error });
  await storage.close();
  console.log('opened');
} catch (error) {
  console.log(isPulseError(error) ? error.code : String(error));
}
