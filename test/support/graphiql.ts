// GraphiQL in Debian's Chromium, used as people use it: by keyboard and mouse. What the page asks for and complains about is kept.
import { chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { programOf } from '../../scripts/system-packages.ts';
import { waitUntil } from './inbox.ts';

/** How long the mouse button is held on a tab. */
const pressMs = 50;

export class Graphiql {
  readonly #page: Page;
  /** Addresses of everything the page asked for, sockets among it. */
  readonly requested: string[] = [];
  /** What the console or the page complained of; what a Content-Security-Policy stops is among it. */
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.#page = page;
    page.on('request', (request) => this.requested.push(request.url()));
    page.on('websocket', (socket) => this.requested.push(socket.url()));
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
  }

  async open(url: string): Promise<void> {
    const asked = this.#page.waitForResponse((response) => response.request().method() === 'POST');
    await this.#page.goto(`${url}/graphql`);
    // It asks for the schema by itself.
    await asked;
    await this.#page.locator('.graphiql-query-editor .view-line').first().waitFor();
  }

  tabs(): Promise<string[]> {
    return this.#page.locator('.graphiql-tab').allInnerTexts();
  }

  /** Settles once the tab is the selected one. */
  async chooseTab(name: string): Promise<void> {
    const chosen = this.#page.locator('.graphiql-tab-active', { hasText: name });
    await waitUntil(`GraphiQL's tab ${name} is selected`, async () => {
      // A tab takes a press for the start of a drag: without time between press and release it is not selected.
      await this.#page.locator('.graphiql-tab-button', { hasText: name }).click({ delay: pressMs });
      return chosen.isVisible();
    });
  }

  /** Settles once the new tab is the selected one. */
  async newTab(): Promise<void> {
    const count = (await this.tabs()).length;
    await this.#page.getByLabel('New tab').click({ delay: pressMs });
    await this.#page.locator(`.graphiql-tab-active:nth-child(${count + 1})`).waitFor();
  }

  /** Replaces what is in an editor, key by key. */
  async type(editor: 'query' | 'variable', text: string): Promise<void> {
    await this.#page
      .locator(`.graphiql-${editor === 'query' ? 'query-editor' : 'editor-tool'} .view-lines:visible`)
      .click();
    await this.#page.keyboard.press('Control+A');
    await this.#page.keyboard.press('Delete');
    await this.#page.keyboard.type(text);
  }

  /** Runs what is typed, and stops what runs. */
  async pressCtrlEnter(): Promise<void> {
    await this.#page.keyboard.press('Control+Enter');
  }

  async play(): Promise<void> {
    await this.#page.getByLabel('Execute query (Ctrl-Enter)').click();
  }

  async stop(): Promise<void> {
    await this.#page.getByLabel('Stop query (Ctrl-Enter)').click();
  }

  /** The result pane, once it has that text. */
  async shows(text: string | RegExp): Promise<string> {
    const lines = this.#page.locator('.result-window .view-line');
    let shown = '';
    await waitUntil(`GraphiQL shows ${text}`, async () => {
      // Monaco writes no-break spaces.
      shown = (await lines.allInnerTexts()).join('\n').replaceAll('\u00a0', ' ');
      return typeof text === 'string' ? shown.includes(text) : text.test(shown);
    });
    return shown;
  }
}

/** A page of its own; gone when the test has ended. */
export async function openGraphiql(url: string): Promise<Graphiql> {
  const browser = await chromium.launch({ executablePath: programOf('chromium'), args: ['--no-sandbox'] });
  onTestFinished(() => browser.close());
  const graphiql = new Graphiql(await browser.newPage());
  await graphiql.open(url);
  return graphiql;
}
