import { send } from './http.js';
import { mask, say, state, warn } from './runner.js';

/** Gives the token back when the job ends. A failure is no failure of the job: the token ends by itself within the hour. */
const token = state('token');
if (token !== '') {
  mask(token);
  await revoke().catch(() => warn('The token could not be revoked; it ends by itself within the hour.'));
}

async function revoke() {
  const headers = { Authorization: `Bearer ${token}`, 'User-Agent': 'octo-sts-worker-action' };
  const { status, json } = await send(new URL('/sts/revoke', state('service')), { method: 'POST', headers }, say);
  if (status === 204) say('The token is revoked.');
  else if (status === 401) say('The token had ended already.');
  else
    warn(
      `The token was not revoked (${json.error ?? status}, request ${json.request_id ?? 'unknown'}); it ends by itself within the hour.`,
    );
}
