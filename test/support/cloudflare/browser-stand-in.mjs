#!/usr/bin/env node
/**
 * A browser with a person before it: opens the page that it is given, lets the page's form go to GitHub, names the App
 * (another name where GitHub says that one is taken), confirms, and follows GitHub back. Installs an App where asked to.
 * `STAND_IN_BROWSER_LOG` gets what the pages said, a line each.
 */
import { appendFileSync } from 'node:fs';
import { URLSearchParams } from 'node:url';

const ENTITIES = /&#(\d+);/g;
const FORM = /<form[^>]*\baction="([^"]*)"/;
const INPUT = /<input\b[^>]*\bname="([^"]*)"[^>]*\bvalue="([^"]*)"/g;

const [page] = process.argv.slice(2);
const first = await fetch(page);
note(`${new URL(page).origin} ${first.status} ${titleOf(await first.clone().text())}`);
const form = formOf(await first.text(), page);
if (form?.inputs.has('manifest')) await register(form);
else if (form?.inputs.has('account')) await post(form.action, form.inputs);

async function register({ action, inputs }) {
  const answer = await post(action, inputs);
  let confirmation = formOf(await answer.clone().text(), action);
  for (let attempt = 2; confirmation !== undefined; attempt += 1) {
    const confirmed = await post(confirmation.action, confirmation.inputs);
    if (confirmed.status === 302) return follow(confirmed.headers.get('location'));
    confirmation = formOf(await confirmed.text(), confirmation.action);
    confirmation?.inputs.set('name', `${confirmation.inputs.get('name')}-${attempt}`);
  }
}

async function post(action, inputs) {
  const response = await fetch(action, { method: 'POST', redirect: 'manual', body: new URLSearchParams([...inputs]) });
  note(
    `${new URL(action).pathname} ${response.status} ${response.status === 302 ? '' : titleOf(await response.clone().text())}`,
  );
  return response;
}

async function follow(location) {
  const response = await fetch(location);
  note(`back ${response.status}`);
}

function formOf(html, base) {
  const action = FORM.exec(html)?.[1];
  if (action === undefined) return undefined;
  const inputs = new Map([...html.matchAll(INPUT)].map(([, name, value]) => [name, decoded(value)]));
  return { action: new URL(decoded(action), base).href, inputs };
}

function decoded(text) {
  return text.replace(ENTITIES, (_, code) => String.fromCharCode(Number(code)));
}

function titleOf(html) {
  return /<title>([^<]*)/.exec(html)?.[1] ?? '';
}

function note(line) {
  if (process.env.STAND_IN_BROWSER_LOG !== undefined) appendFileSync(process.env.STAND_IN_BROWSER_LOG, `${line}\n`);
}
