// Closed sets of the rooms below as enums, each value with its meaning.
import type { AggregationFunction } from '../aggregates/aggregation.ts';
import type { AlertCondition, AlertSubject } from '../alerts/rule.ts';
import type { AlertState } from '../alerts/transition.ts';
import type { Severity } from '../base/severity.ts';
import type { TimeUnit } from '../base/time-span.ts';
import type { Theme, WidgetType } from '../dashboards/dashboard.ts';
import type { Frequency } from '../feeds/frequency.ts';
import type { Family } from '../forecast/models.ts';
import { type AnalyzerType, analyzers } from '../insights/analyzers/list.ts';
import type { Sensitivity } from '../insights/sensitivity.ts';
import type { LifeEventKind } from '../insights/situation.ts';
import type { Direction } from '../insights/words.ts';
import type { FilterOperator } from '../points/condition.ts';
import type { FieldKind } from '../series/series.ts';
import { builder } from './builder.ts';

type Meanings<Name extends string> = Record<Name, { description: string }>;

const aggregations: Meanings<AggregationFunction> = {
  COUNT: { description: 'How many points; 0 where there are none.' },
  SUM: { description: 'The sum of the numeric values.' },
  AVG: { description: 'The mean of the numeric values.' },
  MIN: { description: 'The least numeric value.' },
  MAX: { description: 'The greatest numeric value.' },
  FIRST: { description: 'The earliest numeric value, by event time, then by arrival.' },
  LAST: { description: 'The latest numeric value, by event time, then by arrival.' },
  STDDEV: { description: 'The standard deviation of the sample; null for fewer than two values.' },
  RATE: { description: 'Points a second over windowEnd - windowStart; 0 where there are none.' },
  DELTA: { description: 'LAST - FIRST.' },
  DISTINCT: { description: 'Different values that are not null: exact to 4,096, within 2 % past it.' },
  QUANTILE: { description: 'The value below which that part of the numeric values lies, within 1 %.' },
};

export const AggregationFunctionEnum = builder.enumType('AggregationFunction', {
  description:
    'COUNT counts points; RATE is points a second over windowEnd - windowStart; SUM, AVG, MIN, MAX, STDDEV (of the sample; null for ' +
    'fewer than two), QUANTILE are over the numeric values of the field; FIRST and LAST go by event time, then by arrival; DELTA is ' +
    'LAST - FIRST; DISTINCT counts different values that are not null. Null where no value counts, but 0 for COUNT, RATE and DISTINCT.',
  values: aggregations,
});

const operators: Meanings<FilterOperator> = {
  EQ: { description: 'Is the value.' },
  NE: { description: 'Is not the value; holds where the field is missing.' },
  GT: { description: 'Is greater: number with number, text with text.' },
  GTE: { description: 'Is greater or the same.' },
  LT: { description: 'Is less: number with number, text with text.' },
  LTE: { description: 'Is less or the same.' },
  IN: { description: 'Is one of the values.' },
  NOT_IN: { description: 'Is none of the values; holds where the field is missing.' },
  CONTAINS: {
    description: 'Is a text with that text, of at most 256 characters, in its first 65,536 characters.',
  },
  STARTS_WITH: { description: 'Is a text that begins with that text.' },
  EXISTS: { description: 'Is there and not null; with the value false: is missing or null.' },
};

export const FilterOperatorEnum = builder.enumType('FilterOperator', {
  description: 'How a field is compared. Nothing is converted: the text "1" is not the number 1.',
  values: operators,
});

const frequencies: Meanings<Frequency> = {
  EVERY_POINT: { description: 'At once: an update a commit, nothing left out unless the reader is slow.' },
  REALTIME: { description: 'At most one update a second.' },
  HIGH: { description: 'At most one update in 5 seconds.' },
  MEDIUM: { description: 'At most one update in 15 seconds.' },
  LOW: { description: 'At most one update a minute.' },
};

export const FrequencyEnum = builder.enumType('Frequency', {
  description:
    'How often a subscription hears of new points: at once, or at most once in 1 s, 5 s, 15 s, 60 s. What arrives in between is batched, never silently dropped.',
  values: frequencies,
});

const units: Meanings<TimeUnit> = {
  SECOND: { description: '1,000 milliseconds.' },
  MINUTE: { description: '60 seconds.' },
  HOUR: { description: '60 minutes.' },
  DAY: { description: '24 hours.' },
};

export const TimeUnitEnum = builder.enumType('TimeUnit', { description: 'A unit of time.', values: units });

const kinds: Meanings<FieldKind> = {
  NUMBER: { description: 'Always a number.' },
  TEXT: { description: 'Always a text.' },
  BOOLEAN: { description: 'Always true or false.' },
  MIXED: { description: 'Different kinds in different points, or a list.' },
};

export const FieldKindEnum = builder.enumType('FieldKind', {
  description: 'What a field has been so far.',
  values: kinds,
});

const widgets: Meanings<WidgetType> = {
  NUMBER: { description: 'The value, large.' },
  GAUGE: { description: 'The value between two ends.' },
  LINE: { description: 'The history as a line.' },
  AREA: { description: 'The history as an area.' },
  BAR: { description: 'The groups, or the history, as bars.' },
  PIE: { description: 'The groups as parts of a whole.' },
  TABLE: { description: 'The groups as rows.' },
  HEATMAP: { description: 'The history of the groups as shades.' },
};

export const WidgetTypeEnum = builder.enumType('WidgetType', {
  description: 'How a widget is drawn.',
  values: widgets,
});

const themes: Meanings<Theme> = {
  LIGHT: { description: 'Dark on light.' },
  DARK: { description: 'Light on dark.' },
};

export const ThemeEnum = builder.enumType('Theme', { description: 'The colours of a dashboard.', values: themes });

const severities: Meanings<Severity> = {
  LOW: { description: 'Worth knowing.' },
  MEDIUM: { description: 'Worth looking at today.' },
  HIGH: { description: 'Worth looking at now.' },
  CRITICAL: { description: 'Worth waking somebody.' },
};

export const SeverityEnum = builder.enumType('Severity', { description: 'How bad it is.', values: severities });

const subjects: Meanings<AlertSubject> = {
  VALUE: { description: 'The value of the window or group.' },
  COUNT: { description: 'How many points it has.' },
  CHANGE_PERCENT: { description: 'Its change against the window before, in percent.' },
  ANOMALY: {
    description:
      "The anomaly score of the value's own history, in [0, 1]: of its last pane (a 60th of the window) that is over, once enough was seen.",
  },
  FORECAST: { description: 'The value forecast for the end of `within`.' },
};

export const AlertSubjectEnum = builder.enumType('AlertSubject', {
  description:
    "VALUE and COUNT of the window or group, its change against the window before in percent, the anomaly score of the value's own history in " +
    '[0, 1], or the value forecast for the end of `within`.',
  values: subjects,
});

const conditions: Meanings<AlertCondition> = {
  ABOVE: { description: 'Greater than threshold.' },
  BELOW: { description: 'Less than threshold.' },
  EQUAL: { description: 'Exactly threshold.' },
  NOT_EQUAL: { description: 'Anything but threshold.' },
  INSIDE: { description: 'From threshold to thresholdUpper, both included.' },
  OUTSIDE: { description: 'Less than threshold or greater than thresholdUpper.' },
};

export const AlertConditionEnum = builder.enumType('AlertCondition', {
  description: 'When a condition holds.',
  values: conditions,
});

const states: Meanings<AlertState> = {
  INACTIVE: { description: 'Nothing is wrong.' },
  PENDING: { description: 'The condition holds, not yet for as long as `for` says.' },
  FIRING: { description: 'The condition holds, or has not been clear for as long as `keepFiringFor` says.' },
  NO_DATA: { description: 'The window has no data, and the rule asks for it.' },
};

export const AlertStateEnum = builder.enumType('AlertState', { description: 'What an alert does.', values: states });

const insightTypes = {
  TREND_ALERT: { description: 'A level that moves bit by bit.' },
  ANOMALY_DETECTION: { description: 'Values that are unusual.' },
  CHANGE_POINT: { description: 'A level that has moved at once.' },
  FORECAST_BREACH: { description: 'The value of a widget is forecast to cross the threshold of a rule on FORECAST.' },
  NO_DATA: { description: 'A metric that has fallen silent, against its own rhythm.' },
};

export const InsightTypeEnum = builder.enumType('InsightType', {
  description: 'What kind of situation an insight is about.',
  values: insightTypes,
});

const insightStates: Meanings<'OPEN' | 'RESOLVED'> = {
  OPEN: { description: 'It goes on.' },
  RESOLVED: { description: 'It is over: back to normal, or its time was up.' },
};

export const InsightStateEnum = builder.enumType('InsightState', {
  description: 'Whether it goes on.',
  values: insightStates,
});

const eventKinds: Meanings<LifeEventKind> = {
  OPENED: { description: 'It began.' },
  SEVERITY_CHANGED: { description: 'It got worse.' },
  PEAK: { description: 'It was at its worst.' },
  ACKNOWLEDGED: { description: 'Somebody said that he has seen it.' },
  BACK_TO_NORMAL: { description: 'The first value that was as usual again.' },
  RESOLVED: { description: 'It was over.' },
};

export const InsightEventKindEnum = builder.enumType('InsightEventKind', {
  description: 'What happened to an insight.',
  values: eventKinds,
});

const directions: Meanings<Direction> = {
  UP: { description: 'Above what was expected, or than before.' },
  DOWN: { description: 'Below what was expected, or than before.' },
  STABLE: { description: 'Neither; so of what is silent.' },
};

export const TrendDirectionEnum = builder.enumType('TrendDirection', {
  description: 'Which way something went.',
  values: directions,
});

const sensitivities: Meanings<Sensitivity> = {
  LOW: {
    description:
      'ANOMALY: 1 value of 50,000 is a false alarm; SHIFT: levels that move by 20 %; SILENCE: after 8 times the longest usual gap.',
  },
  MEDIUM: { description: 'ANOMALY: 1 value of 10,000; SHIFT: by 10 %; SILENCE: after 4 times.' },
  HIGH: { description: 'ANOMALY: 3 values of 10,000; SHIFT: by 5 %; SILENCE: after twice.' },
};

export const SensitivityEnum = builder.enumType('Sensitivity', {
  description: 'How readily an analyzer says something.',
  values: sensitivities,
});

export const AnalyzerTypeEnum = builder.enumType('AnalyzerType', {
  description: 'What an analyzer finds.',
  values: Object.fromEntries(
    Object.entries(analyzers).map(([type, { description }]) => [type, { description }]),
  ) as Meanings<AnalyzerType>,
});

const algorithms: Meanings<Family | 'AUTO'> = {
  AUTO: { description: 'Those that suit the series, combined by how they would have done before.' },
  NAIVE: { description: 'The last value goes on.' },
  SEASONAL_NAIVE: { description: 'The last season goes on.' },
  THETA: { description: 'A season and half the drift of the whole (Theta).' },
  ETS: { description: 'Exponential smoothing, with a damped trend or with seasons.' },
  ARIMA: { description: 'Regression on its own past, with long lags, of values or of seasonal differences.' },
  MSTL: { description: 'A season taken out, a damped trend on what is left.' },
};

export const PredictionAlgorithmEnum = builder.enumType('PredictionAlgorithm', {
  description: 'How a prediction is made.',
  values: algorithms,
});
