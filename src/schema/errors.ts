// Expected failures of mutations as data: the types a client can select, one for each class of error.
import {
  ConflictError,
  type InputIssue,
  InsufficientDataError,
  InvalidInputError,
  LimitExceededError,
  NotFoundError,
  type PulseError,
} from '../base/errors.ts';
import { builder } from './builder.ts';

const codes = {
  INVALID_INPUT: { description: 'The input breaks a rule; `issues` names every place.' },
  LIMIT_EXCEEDED: { description: 'There would be more than the limit.' },
  NOT_FOUND: { description: 'There is nothing with this id.' },
  INSUFFICIENT_DATA: { description: 'There is too little to compute from; `required` says how much.' },
  CONFLICT: { description: 'Somebody else was quicker, or the version given is old.' },
} as const;

const ErrorCode = builder.enumType('ErrorCode', { description: 'What kind of failure it is.', values: codes });

const UserError = builder.interfaceRef<PulseError>('UserError').implement({
  description: 'A failure that a client may expect and handle.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What was wrong, with the value, and what would be right.' }),
    code: t.field({
      type: ErrorCode,
      description: 'The kind of failure.',
      resolve: (error) => error.code as keyof typeof codes,
    }),
  }),
});

const Issue = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One thing wrong with an input.',
  fields: (t) => ({
    path: t.stringList({ description: 'Names and indexes that lead to it.', resolve: ({ path }) => [...path] }),
    message: t.exposeString('message', { description: 'What is wrong there, and what would be right.' }),
  }),
});

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'The input breaks rules; nothing was changed.',
  interfaces: [UserError],
  fields: (t) => ({
    issues: t.field({ type: [Issue], description: 'Everything that is wrong.', resolve: ({ issues }) => [...issues] }),
  }),
});

builder.objectType(LimitExceededError, {
  name: 'LimitExceededError',
  description: 'There would be more than the limit; nothing was changed.',
  interfaces: [UserError],
  fields: (t) => ({ limit: t.exposeInt('limit', { description: 'The limit; it is a setting of the server.' }) }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'There is nothing with this id.',
  interfaces: [UserError],
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id asked for. Of a series: entityType/serviceId.' }) }),
});

builder.objectType(InsufficientDataError, {
  name: 'InsufficientDataError',
  description: 'There is too little to compute from.',
  interfaces: [UserError],
  fields: (t) => ({
    required: t.exposeInt('required', { description: 'How many there must be.' }),
    available: t.exposeInt('available', { description: 'How many there are.' }),
  }),
});

builder.objectType(ConflictError, {
  name: 'ConflictError',
  description: 'The version given is not the current one; nothing was changed.',
  interfaces: [UserError],
  fields: (t) => ({
    currentVersion: t.exposeInt('currentVersion', {
      nullable: true,
      description: 'The version that there is: read it again and repeat the change.',
    }),
  }),
});
