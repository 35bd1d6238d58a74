import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';

/**
 * The runner's own protocol (GitHub, "Workflow commands for GitHub Actions"): inputs and state from the environment,
 * commands on standard output, files for outputs, state and the summary.
 */

/** @param {string} name */
export function input(name) {
  return (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
}

/** @param {string} name */
export function state(name) {
  return process.env[`STATE_${name}`] ?? '';
}

/** From here on the runner writes *** in its place. @param {string} secret */
export function mask(secret) {
  command('add-mask', secret);
}

/** @param {string} message */
export function fail(message) {
  command('error', message);
  process.exitCode = 1;
}

/** @param {string} message */
export function warn(message) {
  command('warning', message);
}

/** @param {string} message */
export function say(message) {
  // At the start of a line these would be a command.
  console.log(message.replaceAll(/^\s*(::|##\[)/gm, '· $1'));
}

/** @param {string} name @param {string} value */
export function setOutput(name, value) {
  appendNamed('GITHUB_OUTPUT', name, value);
}

/** @param {string} name @param {string} value */
export function saveState(name, value) {
  appendNamed('GITHUB_STATE', name, value);
}

/** @param {string} markdown */
export function summarize(markdown) {
  const path = process.env.GITHUB_STEP_SUMMARY;
  if (path) appendFileSync(path, `${markdown}\n`);
}

/** @param {string} name @param {string} text */
function command(name, text) {
  const escaped = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  console.log(`::${name}::${escaped}`);
}

/** With a delimiter that nobody can guess, so that no value can end early and write another name. */
function appendNamed(file, name, value) {
  const path = process.env[file];
  if (!path) throw new Error(`${file} is not set: this runs inside GitHub Actions only`);
  const end = `end_${randomUUID()}`;
  appendFileSync(path, `${name}<<${end}\n${value}\n${end}\n`);
}
