// What goes on in one series, or in the value of one widget: its metrics, and the insights of it that are open. What begins together in several
// metrics is one insight.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Verdict } from './analyzers/analyzer.ts';
import { type EvidenceStep, withStep } from './evidence.ts';
import { type Insight, insightId, isOpen, type Part, type Subject, typeOf } from './insight.ts';
import { Metric, type Moment, type Watching } from './metric.ts';
import { advance, expire, fallSilent, type Situation, speakAgain, staySilent } from './situation.ts';

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

/** An insight that is open, and what only its subject knows of it. */
interface Open {
  insight: Insight;
  /** With which of the subject's seconds something in it was last unusual. */
  lastUnusual: number;
  /** When it was last told, by the times of values. */
  toldAt: number;
}

// So many seconds with values later it is another situation.
const together = 10;
const mostParts = 20;
// What is the same but for its count is told that often.
const tellEveryMs = 60_000;

export class SubjectWatch {
  readonly subject: Subject;
  readonly #context: SubjectContext;
  readonly #open: Open[] = [];
  readonly #metrics: Metric[] = [];
  #seconds = 0;

  constructor(subject: Subject, context: SubjectContext) {
    this.subject = subject;
    this.#context = context;
  }

  get metrics(): readonly Metric[] {
    return this.#metrics;
  }

  get hasOpen(): boolean {
    return this.#open.length > 0;
  }

  add(metric: Metric): void {
    this.#metrics.push(metric);
  }

  /** Ends the second of all its metrics that have values. */
  observe(moment: Moment): void {
    this.#seconds += 1;
    const { choice } = this.#context;
    const { entityType, serviceId } = this.subject;
    for (const metric of this.#metrics) {
      if (!metric.hasValues) continue;
      metric.use(choice.version, () => choice.of(entityType, serviceId, metric.field));
      this.#note(metric, metric.observe(moment), moment);
    }
    this.#letGo();
  }

  /** What time alone changes: silence begins and becomes longer, what is old is over. `offset` is the place of the last value in the log. */
  tick(now: number, offset: number): void {
    for (const metric of this.#metrics) {
      const told = metric.tellSilence(now);
      if (told === null) continue;
      const { last, silentAt } = told;
      this.#begin('SILENT', metric, fallSilent(last, silentAt), { at: silentAt, arrivedAt: silentAt, offset });
    }
    for (const open of this.#open) this.#age(open, now);
    this.#letGo();
  }

  /** Nobody listened until `at`. */
  resume(at: number): void {
    for (const metric of this.#metrics) metric.resume(at);
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

  /** Those that are open, as they were last told or later. */
  get insights(): readonly Insight[] {
    return this.#open.map(({ insight }) => insight);
  }

  #note(metric: Metric, verdict: Verdict, moment: Moment): void {
    const silent = this.#silenceOf(metric);
    if (silent !== undefined) {
      this.#change(silent, metric, (situation) => speakAgain(situation, verdict.at, verdict.observed), moment);
    }
    const open = this.#open.find(
      (one) => typeOf(one.insight) !== 'NO_DATA' && partOf(one.insight, metric) !== undefined,
    );
    if (open === undefined) {
      const situation = advance(null, verdict);
      if (situation !== null) this.#begin('UNUSUAL', metric, situation, moment);
      return;
    }
    if (verdict.isUnusual || verdict.shift !== null) open.lastUnusual = this.#seconds;
    const step: EvidenceStep = stepOf(verdict);
    this.#change(open, metric, (situation) => advance(situation, verdict) ?? situation, moment, step);
  }

  /** A situation opens: a new insight, or a part of one that has just begun. */
  #begin(kind: 'UNUSUAL' | 'SILENT', metric: Metric, situation: Situation, moment: Moment): void {
    const part: Part = { field: metric.field, situation, steps: metric.trace.steps() };
    const joined = this.#open.find((one) => this.#isJoinedBy(one, kind));
    if (joined !== undefined) {
      joined.lastUnusual = this.#seconds;
      this.#tell(joined, { ...joined.insight, parts: [...joined.insight.parts, part] }, moment);
      return;
    }
    const id = insightId(kind, this.subject, metric.field, moment.offset);
    const times = { generatedAt: moment.arrivedAt, updatedAt: moment.arrivedAt };
    const insight: Insight = {
      id,
      subject: this.subject,
      parts: [part],
      acknowledged: null,
      ...times,
      changes: 0,
      isTold: true,
    };
    const open: Open = { insight, lastUnusual: this.#seconds, toldAt: moment.at };
    this.#open.push(open);
    this.#tell(open, insight, moment);
  }

  #isJoinedBy({ insight, lastUnusual }: Open, kind: 'UNUSUAL' | 'SILENT'): boolean {
    const isSilence = typeOf(insight) === 'NO_DATA';
    if (isSilence !== (kind === 'SILENT') || !isOpen(insight) || insight.parts.length >= mostParts) return false;
    return this.#seconds - lastUnusual <= together;
  }

  #silenceOf(metric: Metric): Open | undefined {
    return this.#open.find(({ insight }) => typeOf(insight) === 'NO_DATA' && partOf(insight, metric) !== undefined);
  }

  #age(open: Open, now: number): void {
    const isSilence = typeOf(open.insight) === 'NO_DATA';
    const moment = { at: open.toldAt, arrivedAt: now };
    for (const metric of this.#metrics) {
      this.#change(open, metric, (one) => (isSilence ? staySilent(one, now) : expire(one, now)), moment);
    }
  }

  #change(
    open: Open,
    metric: Metric,
    next: (situation: Situation) => Situation,
    moment: Pick<Moment, 'at' | 'arrivedAt'>,
    step: EvidenceStep | null = null,
  ): void {
    const part = partOf(open.insight, metric);
    if (part === undefined) return;
    const situation = next(part.situation);
    if (situation === part.situation && step === null) return;
    const steps = step === null ? part.steps : withStep(part.steps, step);
    const parts = open.insight.parts.map((one) => (one === part ? { ...part, situation, steps } : one));
    const changed = { ...open.insight, parts };
    if (isWorthTelling(part.situation, situation) || isDue(open, part.situation, situation, moment.at)) {
      this.#tell(open, changed, moment);
    } else open.insight = changed;
  }

  #tell(open: Open, insight: Insight, { at, arrivedAt }: Pick<Moment, 'at' | 'arrivedAt'>): void {
    open.insight = { ...insight, updatedAt: Math.max(arrivedAt, insight.updatedAt), changes: insight.changes + 1 };
    open.toldAt = at;
    this.#context.report(open.insight);
  }

  #letGo(): void {
    for (let i = this.#open.length - 1; i >= 0; i -= 1) {
      if (!isOpen((this.#open[i] as Open).insight)) this.#open.splice(i, 1);
    }
  }
}

/** What goes on in a metric: what is over in it does not count. */
function partOf({ parts }: Insight, { field }: Metric): Part | undefined {
  return parts.find((part) => part.field === field && part.situation.state === 'OPEN');
}

function stepOf({ at, observed, expectation, isUnusual }: Verdict): EvidenceStep {
  const { expected, lower, upper } = expectation ?? { expected: null, lower: null, upper: null };
  return { at, observed, expected, lower, upper, isAnomalous: isUnusual };
}

function isWorthTelling(before: Situation, after: Situation): boolean {
  return after.life.length > before.life.length || after.type !== before.type || after.movement !== before.movement;
}

function isDue({ toldAt }: Open, before: Situation, after: Situation, at: number): boolean {
  return after.occurrences > before.occurrences && at - toldAt >= tellEveryMs;
}
