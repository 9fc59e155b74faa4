// WebSocket frames as a server writes them (RFC 6455, 5.2): whole messages of text, unmasked, as bytes one a character, which is what is cheapest to
// put together and to write.

const [finalText, short, long] = ['\x81', 126, 127] as const;
const [leastShort, leastLong] = [126, 65_536] as const;

// Those who get the same mostly get messages of one length.
let last = { length: -1, head: '' };

/** What stands in front of a message of so many bytes. */
export function frameHead(length: number): string {
  if (length !== last.length) last = { length, head: madeHead(length) };
  return last.head;
}

function madeHead(length: number): string {
  if (length < leastShort) return finalText + byte(length);
  if (length < leastLong) return finalText + byte(short) + byte(length >> 8) + byte(length & 255);
  // Lengths beyond 32 bits do not come.
  return `${finalText + byte(long)}\0\0\0\0${[24, 16, 8, 0].map((shift) => byte((length >>> shift) & 255)).join('')}`;
}

function byte(value: number): string {
  return String.fromCharCode(value);
}
