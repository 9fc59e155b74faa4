// What goes on in one series, or in the value of one widget: its metrics, and the insights of it that are open. What begins together in several
// metrics is one insight.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Verdict } from './analyzers/analyzer.ts';
import { addStep, type EvidenceStep, fewer } from './evidence.ts';
import { type Insight, insightId, isOpen, type Part, type Subject, typeOf } from './insight.ts';
import { Metric, type Moment, type Watching } from './metric.ts';
import { advance, end, expire, fallSilent, type Situation, speakAgain, staySilent } from './situation.ts';

/** Which analyzers watch what. */
export interface AnalyzerChoice {
  /** Another one once anything has changed. */
  readonly version: number;
  of(entityType: string, serviceId: string | null, field: string | null): readonly Watching[];
}

export interface SubjectContext {
  readonly choice: AnalyzerChoice;
  /** Hears of each change that is to be told. */
  report(insight: Insight): void;
}

/** What goes on in one field, and its steps as they come. */
interface OpenPart {
  readonly field: string | null;
  situation: Situation;
  steps: EvidenceStep[];
}

/** An insight that is open, ahead of how it was last told. */
interface Open {
  /** As it was last told. */
  insight: Insight;
  readonly parts: OpenPart[];
  readonly isSilence: boolean;
  /** With which of the subject's seconds something in it was last unusual. */
  lastUnusual: number;
  /** When it was last told, by the times of values. */
  toldAt: number;
  /** Something has happened that is to be told. */
  isDue: boolean;
}

// So many seconds with values later it is another situation.
const together = 10;
export const mostParts = 20;
// What is the same but for its count is told that often.
const tellEveryMs = 300_000;

export class SubjectWatch {
  readonly subject: Subject;
  readonly #context: SubjectContext;
  readonly #open: Open[] = [];
  readonly #metrics: Metric[] = [];
  #seconds = 0;
  // No metric can fall silent before, as long as the settings are of that version.
  #listenAt = 0;
  #listenedWith = -1;

  constructor(subject: Subject, context: SubjectContext) {
    this.subject = subject;
    this.#context = context;
  }

  get metrics(): readonly Metric[] {
    return this.#metrics;
  }

  add(metric: Metric): void {
    this.#metrics.push(metric);
  }

  /** Ends the second of all its metrics that have values. */
  observe(moment: Moment): void {
    this.#seconds += 1;
    this.#listenAt = 0;
    for (const metric of this.#metrics) {
      if (!metric.hasValues) continue;
      this.#choose(metric);
      this.#note(metric, metric.observe(moment), moment);
    }
    this.#tellAll(moment);
  }

  /**
   * What time alone changes: silence begins and becomes longer, what is old is over. `offset` is the place of the last value in the log.
   * Gives whether anything has changed.
   */
  tick(now: number, offset: number): boolean {
    let hasChanged = this.#listen(now, offset);
    for (const open of this.#open) hasChanged = this.#age(open, now) || hasChanged;
    for (const open of this.#open) this.#tellAll({ at: open.toldAt, arrivedAt: now });
    return hasChanged;
  }

  /** Whether a metric has fallen silent. Nothing is asked while nothing can have. */
  #listen(now: number, offset: number): boolean {
    const { version } = this.#context.choice;
    if (now < this.#listenAt && version === this.#listenedWith) return false;
    this.#listenedWith = version;
    this.#listenAt = Number.POSITIVE_INFINITY;
    let hasChanged = false;
    for (const metric of this.#metrics) {
      this.#choose(metric);
      const told = metric.tellSilence(now);
      this.#listenAt = Math.min(this.#listenAt, metric.nextSilence);
      if (told === null) continue;
      const { last, silentAt } = told;
      this.#begin(true, metric, fallSilent(last, silentAt), { at: silentAt, arrivedAt: silentAt, offset });
      hasChanged = true;
    }
    return hasChanged;
  }

  /**
   * An insight that is open as it was told. It goes on here, where it is not known or was told more often; false where it cannot: a value has
   * come since it fell silent.
   */
  adopt(insight: Insight): boolean {
    const known = this.#open.find((open) => open.insight.id === insight.id);
    if (known !== undefined) {
      known.insight = { ...known.insight, changes: Math.max(known.insight.changes, insight.changes) };
      return true;
    }
    const isSilence = typeOf(insight) === 'NO_DATA';
    const metricOf = (part: Part) => this.#metrics.find(({ field }) => field === part.field);
    const goesOn = (part: Part) => !isSilence || (metricOf(part)?.last?.at ?? 0) <= part.situation.from;
    if (!insight.parts.every((part) => metricOf(part) !== undefined && goesOn(part))) return false;
    if (isSilence) for (const part of insight.parts) metricOf(part)?.noteSilence(part.situation.life[0]?.at ?? 0);
    const parts = insight.parts.map((part): OpenPart => ({ ...part, steps: [...part.steps] }));
    const [lastUnusual, toldAt] = [this.#seconds, insight.updatedAt];
    this.#open.push({ insight, parts, isSilence, lastUnusual, toldAt, isDue: false });
    return true;
  }

  /** Nobody watches it any more. */
  end(now: number): void {
    for (const open of this.#open) {
      for (const part of open.parts) part.situation = end(part.situation, now);
      open.isDue = true;
    }
    this.#tellAll({ at: now, arrivedAt: now });
  }

  /** Nobody listened until `at`. */
  resume(at: number): void {
    this.#listenAt = 0;
    for (const metric of this.#metrics) metric.resume(at);
  }

  /** What goes on is past, and not told. */
  forgetOpen(): void {
    this.#open.length = 0;
  }

  save(writer: ByteWriter): void {
    writer.text(JSON.stringify({ subject: this.subject, open: this.#open, seconds: this.#seconds }));
    writer.varint(this.#metrics.length);
    for (const metric of this.#metrics) metric.save(writer);
  }

  /** Throws where the bytes are none of a subject. */
  static load(reader: ByteReader, context: SubjectContext): SubjectWatch {
    const { subject, open, seconds } = JSON.parse(reader.text()) as { subject: Subject; open: Open[]; seconds: number };
    const watch = new SubjectWatch(subject, context);
    watch.#open.push(...open);
    watch.#seconds = seconds;
    for (let left = reader.varint(); left > 0; left -= 1) watch.add(Metric.load(reader));
    return watch;
  }

  /** Those that are open, as they were last told. */
  get insights(): readonly Insight[] {
    return this.#open.map(({ insight }) => insight);
  }

  #choose(metric: Metric): void {
    const { choice } = this.#context;
    const { entityType, serviceId } = this.subject;
    metric.use(choice.version, () => choice.of(entityType, serviceId, metric.field));
  }

  #note(metric: Metric, verdict: Verdict, moment: Moment): void {
    if (this.#open.length > 0) this.#endSilence(metric, verdict, moment);
    const open = this.#open.find((one) => !one.isSilence && partOf(one, metric) !== undefined);
    if (open === undefined) {
      const situation = advance(null, verdict);
      if (situation !== null) this.#begin(false, metric, situation, moment);
      return;
    }
    const part = partOf(open, metric) as OpenPart;
    if (verdict.isUnusual || verdict.shift !== null) open.lastUnusual = this.#seconds;
    addStep(part.steps, stepOf(verdict));
    this.#change(open, part, advance(part.situation, verdict) ?? part.situation, moment.at);
  }

  #endSilence(metric: Metric, { at, observed }: Verdict, moment: Moment): void {
    const silent = this.#open.find((one) => one.isSilence && partOf(one, metric) !== undefined);
    if (silent === undefined) return;
    const part = partOf(silent, metric) as OpenPart;
    const { from, life } = part.situation;
    if (at <= from) {
      // The value that it fell silent after: after a start its second may end once the silence has been taken up.
      metric.noteSilence(life[0]?.at ?? from);
      return;
    }
    this.#change(silent, part, speakAgain(part.situation, at, observed), moment.at);
  }

  /** A situation opens: a new insight, or a part of one that has just begun. */
  #begin(isSilence: boolean, metric: Metric, situation: Situation, moment: Moment): void {
    const part: OpenPart = { field: metric.field, situation, steps: metric.trace.steps() };
    const joined = this.#open.find((one) => this.#isJoined(one, isSilence));
    if (joined !== undefined) {
      joined.lastUnusual = this.#seconds;
      joined.parts.push(part);
      joined.isDue = true;
      return;
    }
    const { subject } = this;
    const id = insightId(isSilence ? 'SILENT' : 'UNUSUAL', subject, metric.field, moment.offset);
    const times = { generatedAt: moment.arrivedAt, updatedAt: moment.arrivedAt };
    const insight: Insight = { id, subject, parts: [], acknowledged: null, ...times, changes: 0, isTold: true };
    this.#open.push({ insight, parts: [part], isSilence, lastUnusual: this.#seconds, toldAt: moment.at, isDue: true });
  }

  #isJoined({ parts, isSilence: isOfSilence, lastUnusual }: Open, isSilence: boolean): boolean {
    if (isOfSilence !== isSilence || parts.length >= mostParts) return false;
    return this.#seconds - lastUnusual <= together;
  }

  #age(open: Open, now: number): boolean {
    let hasChanged = false;
    for (const part of open.parts) {
      const before = part.situation;
      this.#change(open, part, open.isSilence ? this.#stayedSilent(part, now) : expire(before, now), open.toldAt);
      hasChanged ||= part.situation !== before;
    }
    return hasChanged;
  }

  #stayedSilent({ field, situation }: OpenPart, now: number): Situation {
    const isListenedFor = this.#metrics.some((metric) => metric.field === field && metric.hasRhythm);
    return isListenedFor ? staySilent(situation, now) : end(situation, now);
  }

  #change(open: Open, part: OpenPart, situation: Situation, at: number): void {
    const before = part.situation;
    if (situation === before) return;
    part.situation = situation;
    open.isDue ||= isWorthTelling(before, situation) || isOverdue(open, before, situation, at);
  }

  /** Once for all that has happened to an insight at one time; what is over is let go. */
  #tellAll(moment: Pick<Moment, 'at' | 'arrivedAt'>): void {
    for (let i = this.#open.length - 1; i >= 0; i -= 1) {
      const open = this.#open[i] as Open;
      if (open.isDue) this.#tell(open, moment);
      if (!isOpen(open)) this.#open.splice(i, 1);
    }
  }

  #tell(open: Open, { at, arrivedAt }: Pick<Moment, 'at' | 'arrivedAt'>): void {
    const { insight } = open;
    const parts = open.parts.map(
      ({ steps, ...part }, i): Part => ({ ...part, steps: i === 0 ? [...steps] : fewer(steps) }),
    );
    const updatedAt = Math.max(arrivedAt, insight.updatedAt);
    open.insight = { ...insight, parts, updatedAt, changes: insight.changes + 1 };
    open.toldAt = at;
    open.isDue = false;
    this.#context.report(open.insight);
  }
}

/** What goes on in a metric: what is over in it does not count. */
function partOf({ parts }: Open, { field }: Metric): OpenPart | undefined {
  return parts.find((part) => part.field === field && part.situation.state === 'OPEN');
}

function stepOf({ at, observed, expectation, isUnusual }: Verdict): EvidenceStep {
  const { expected, lower, upper } = expectation ?? { expected: null, lower: null, upper: null };
  return { at, observed, expected, lower, upper, isAnomalous: isUnusual };
}

function isWorthTelling(before: Situation, after: Situation): boolean {
  return after.life.length > before.life.length || after.type !== before.type || after.movement !== before.movement;
}

function isOverdue({ toldAt }: Open, before: Situation, after: Situation, at: number): boolean {
  return after.occurrences > before.occurrences && at - toldAt >= tellEveryMs;
}
