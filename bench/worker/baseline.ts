import { createLocalJWKSet, importPKCS8, jwtVerify, SignJWT } from 'jose';

interface Bindings {
  readonly JWKS: string;
  readonly APP_ID: string;
  readonly PRIVATE_KEY_PKCS8: string;
  readonly GITHUB: string;
  readonly INSTALLATION: string;
}

/** What any such service must do at the least: verify one JWT with keys at hand, mint one token. No policy, no cache, no audit. */
let keys: ReturnType<typeof createLocalJWKSet> | undefined;
let appToken: string | undefined;

// eslint-disable-next-line no-restricted-syntax -- a Worker, too
export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    keys ??= createLocalJWKSet(JSON.parse(env.JWKS) as Parameters<typeof createLocalJWKSet>[0]);
    appToken ??= await signAppToken(env);
    const token = request.headers.get('authorization')?.slice('Bearer '.length) ?? '';
    await jwtVerify(token, keys, { algorithms: ['RS256'] });
    const answer = await fetch(`${env.GITHUB}/app/installations/${env.INSTALLATION}/access_tokens`, {
      method: 'POST',
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Bearer ${appToken}`,
        'Content-Type': 'application/json',
        'User-Agent': 'baseline',
      },
      body: JSON.stringify({ permissions: { contents: 'read' }, repositories: ['app'] }),
    });
    const { token: secret } = await answer.json<{ token: string }>();
    return Response.json({ token: secret });
  },
};

async function signAppToken(env: Bindings): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const key = await importPKCS8(env.PRIVATE_KEY_PKCS8, 'RS256');
  const claims = new SignJWT().setProtectedHeader({ alg: 'RS256' }).setIssuer(env.APP_ID);
  return claims
    .setIssuedAt(now - 60)
    .setExpirationTime(now + 540)
    .sign(key);
}
