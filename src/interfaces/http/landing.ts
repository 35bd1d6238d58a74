import { version } from '../../../package.json';
import { LOG } from '../../application/ports/log.ts';
import type { Resolvable } from '../composition.ts';
import type { Platform, StaticAssets } from '../platform.ts';
import type { Settings } from '../settings.ts';
import { PAGE_ASSET } from './page-headers.ts';
import { json, pageResponse } from './wire.ts';

const NAME = 'octo-sts-worker';
/** Stands in the page where the operator's documentation is linked, if there is any. */
const DOCUMENTATION_PLACE = '<!-- documentation -->';

interface LandingScope {
  readonly settings: Settings;
  readonly platform: Platform;
  resolve<Value>(token: Resolvable<Value>): Value;
}

/** `GET /`: JSON for programs, a page for a browser. Where the page can't be had, a browser gets the JSON. */
export async function landing(request: Request, scope: LandingScope): Promise<Response> {
  const page = wantsPage(request) ? await browserPage(request, scope) : undefined;
  if (page !== undefined) return page;
  const { stsDomain, documentationUrl } = scope.settings;
  const documentation = documentationUrl ?? `https://${stsDomain}/`;
  return json({ name: NAME, documentation, version });
}

function wantsPage(request: Request): boolean {
  return (request.headers.get('accept') ?? '').toLowerCase().includes('text/html');
}

async function browserPage(request: Request, scope: LandingScope): Promise<Response | undefined> {
  const { assets } = scope.platform;
  if (assets === undefined) return undefined;
  try {
    return await pageOf(assets, request, scope.settings.documentationUrl);
  } catch (error) {
    scope.resolve(LOG).error('page_failed', { detail: String(error) });
    return undefined;
  }
}

/** With a link put in, the file's own tag does not hold, so it is neither asked about nor told. */
async function pageOf(
  assets: StaticAssets,
  request: Request,
  documentationUrl: string | undefined,
): Promise<Response | undefined> {
  if (documentationUrl !== undefined) {
    const file = await assets.get(PAGE_ASSET, new Headers());
    return file.ok ? pageResponse(withDocumentation(await file.text(), documentationUrl)) : undefined;
  }
  const tag = request.headers.get('if-none-match');
  return pageResponse(await assets.get(PAGE_ASSET, new Headers(tag === null ? {} : { 'If-None-Match': tag })));
}

function withDocumentation(html: string, url: string): string {
  return html.replace(DOCUMENTATION_PLACE, () => `<a id="documentation" href="${escaped(url)}">Documentation</a>`);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
