// The usual request, a JSON body that is answered in JSON, without the objects of a request and a response that Yoga makes of it: these
// cost more than most operations. Every mutation comes this way. A malformed body is left to Yoga, which answers as GraphQL over HTTP asks.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExecutionResult, execute } from 'graphql';
import { isJsonObject } from '../base/json.ts';
import { ownTurn } from '../base/turns.ts';
import type { Context } from '../schema/context.ts';
import type { AnswersInFlight } from './answers-in-flight.ts';
import { authenticate, credentialsOf } from './authenticate.ts';
import type { FormatError } from './format-error.ts';
import { refusalStatus } from './http-status.ts';
import { graphqlJson } from './media-type.ts';
import { forAnswer, kindOf, type OperationReader, type OperationRequest } from './operation.ts';
import { parameters } from './read-request.ts';
import { answerJson, resultJson } from './result-json.ts';
import type { StreamDoor } from './stream-door.ts';

// Some milliseconds of writing JSON.
const largeAnswerBytes = 256 * 1024;

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

  /** Whether the request is a usual one; then it has been answered, in `type`. */
  async answers(
    request: IncomingMessage,
    response: ServerResponse,
    { body, type, signal }: { readonly body: string; readonly type: string; readonly signal: AbortSignal },
  ): Promise<boolean> {
    const asked = readUsual(body);
    if (asked === undefined) return false;
    const operation = this.#operations.read(asked, authenticate(credentialsOf(request)));
    if ('length' in operation) {
      const text = resultJson({ errors: operation }, this.#formatError);
      this.#send(response, refusalStatus(operation, type === graphqlJson), type, text);
      return true;
    }
    if (kindOf(operation) === 'subscription') return false;
    const args = forAnswer(operation, signal, this.#maxAnswerBytes);
    const result = (await execute(args)) as ExecutionResult;
    // Many large answers may be ready at a time.
    const { answer } = args.contextValue as Context;
    if (answer !== undefined && answer.used > largeAnswerBytes) await ownTurn();
    // Without data nothing was run: the variables do not fit.
    const text = answerJson(result, this.#formatError, this.#maxAnswerBytes);
    this.#send(response, 'data' in result ? 200 : 400, type, text, kindOf(operation) === 'query');
    return true;
  }

  #send(response: ServerResponse, status: number, type: string, text: string, isRefusable = true): void {
    response.setHeader('content-type', `${type}; charset=utf-8`);
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
