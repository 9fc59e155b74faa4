// The process of the clients, asked and answered.
import type { ClientsReply, ClientsRequest } from './delivery-clients.process.ts';
import type { Child } from './leftovers.ts';

export class Clients {
  readonly #child: Child;

  constructor(child: Child) {
    this.#child = child;
  }

  ask(request: ClientsRequest): Promise<ClientsReply> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('the clients have ended'));
      this.#child.process.once('exit', ended);
      this.#child.process.once('message', (reply: ClientsReply) => {
        this.#child.process.off('exit', ended);
        resolve(reply);
      });
      this.#child.process.send(request);
    });
  }
}
