// The usual request, a JSON body that is answered in JSON, without the objects of a request and a response that Yoga makes of it: these
// cost more than most operations. Whatever is unusual is left to Yoga, which answers as GraphQL over HTTP asks.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExecutionResult, execute } from 'graphql';
import { isJsonObject } from '../base/json.ts';
import type { AnswersInFlight } from './answers-in-flight.ts';
import { authenticate, credentialsOf } from './authenticate.ts';
import type { FormatError } from './format-error.ts';
import { refusalStatus } from './http-status.ts';
import { forAnswer, kindOf, type OperationReader, type OperationRequest } from './operation.ts';
import { parameters } from './read-request.ts';
import { answerJson, resultJson } from './result-json.ts';
import type { StreamDoor } from './stream-door.ts';

const json = 'application/json; charset=utf-8';
const graphqlJson = 'application/graphql-response+json; charset=utf-8';
// What clients send in `accept` that have one wish, and what they are answered in.
const answerTypes: ReadonlyMap<string, string> = new Map([
  ['', json],
  ['*/*', json],
  ['application/json', json],
  ['application/json, */*', json],
  ['application/graphql-response+json', graphqlJson],
  ['application/graphql-response+json, application/json', graphqlJson],
  ['application/graphql-response+json,application/json', graphqlJson],
  ['application/graphql-response+json, application/json;q=0.9', graphqlJson],
]);

export class JsonAnswers {
  readonly #operations: OperationReader;
  readonly #formatError: FormatError;
  readonly #answers: AnswersInFlight;
  readonly #maxAnswerBytes: number;

  constructor({ operations, answers, limits }: StreamDoor) {
    this.#operations = operations;
    this.#formatError = operations.formatError;
    this.#answers = answers;
    this.#maxAnswerBytes = limits.maxAnswerBytes;
  }

  /** Whether the request is a usual one; then it has been answered. */
  async answers(
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const type = answerTypes.get(request.headers.accept ?? '');
    const asked = type === undefined ? undefined : readUsual(body);
    if (type === undefined || asked === undefined) return false;
    const operation = this.#operations.read(asked, authenticate(credentialsOf(request)));
    if ('length' in operation) {
      this.#send(
        response,
        refusalStatus(operation, type === graphqlJson),
        type,
        resultJson({ errors: operation }, this.#formatError),
      );
      return true;
    }
    if (kindOf(operation) === 'subscription') return false;
    const result = (await execute(forAnswer(operation, signal, this.#maxAnswerBytes))) as ExecutionResult;
    // Without data nothing was run: the variables do not fit.
    const text = answerJson(result, this.#formatError, this.#maxAnswerBytes);
    this.#send(response, 'data' in result ? 200 : 400, type, text, kindOf(operation) === 'query');
    return true;
  }

  #send(response: ServerResponse, status: number, type: string, text: string, isRefusable = true): void {
    response.setHeader('content-type', type);
    response.setHeader('cache-control', 'no-store');
    this.#answers.send(response, status, text, isRefusable);
  }
}

/** A request of the usual form; undefined: it is malformed, or has something else. */
function readUsual(body: string): OperationRequest | undefined {
  try {
    const asked: unknown = JSON.parse(body);
    if (!isJsonObject(asked) || typeof asked['query'] !== 'string' || asked['query'] === '') return undefined;
    for (const name in asked) if (!parameters.includes(name)) return undefined;
    const { operationName, variables, extensions } = asked;
    if (operationName != null && typeof operationName !== 'string') return undefined;
    if (variables != null && !isJsonObject(variables)) return undefined;
    return extensions != null && !isJsonObject(extensions) ? undefined : asked;
  } catch {
    return undefined;
  }
}
