// Requests as a producer makes them: a few connections that are kept open, on each one request at a time.
import { Agent, type ClientRequest, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Endpoint {
  readonly url: string;
  readonly contentType: string;
  /** What is wrong with an answer; undefined where it took the whole body. */
  faultOf(status: number, answer: string): string | undefined;
}

export class HttpClient implements Disposable {
  readonly #agent: Agent;
  readonly #connections: number;

  constructor(connections: number) {
    this.#connections = connections;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Sends every body, on each connection the next one once the last was answered. */
  async sendAll(endpoint: Endpoint, bodies: readonly Buffer[]): Promise<void> {
    let next = 0;
    const sendNext = async (): Promise<void> => {
      while (next < bodies.length) {
        const body = bodies[next] ?? Buffer.alloc(0);
        next += 1;
        await this.send(endpoint, body);
      }
    };
    await Promise.all(Array.from({ length: this.#connections }, sendNext));
  }

  /** Errors: an answer that is not what the endpoint should give. */
  async send({ url, contentType, faultOf }: Endpoint, body: Buffer): Promise<string> {
    const headers = { 'content-type': contentType, 'content-length': body.length };
    const sent = request(url, { method: 'POST', agent: this.#agent, headers });
    const { status, answer } = await answerTo(sent, body);
    const fault = faultOf(status, answer);
    if (fault !== undefined) throw new Error(`${url}: ${fault}; it answered ${status} ${answer.slice(0, 500)}`);
    return answer;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function answerTo(sent: ClientRequest, body: Buffer): Promise<{ status: number; answer: string }> {
  return new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject);
    });
    sent.end(body);
  });
}
