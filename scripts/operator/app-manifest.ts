import type { AppPermissions } from './app-permissions.ts';

/** GitHub documentation, "Registering a GitHub App from a manifest". GitHub makes the webhook's secret itself. */
export interface AppManifest {
  readonly name: string;
  readonly url: string;
  readonly hook_attributes: { readonly url: string; readonly active: true };
  readonly redirect_url: string;
  readonly description: string;
  readonly public: boolean;
  readonly default_events: readonly string[];
  readonly default_permissions: AppPermissions;
}

export interface ManifestRequest {
  readonly appName: string;
  /** The service's address, without a path. */
  readonly serviceUrl: string;
  readonly redirectUrl: string;
  readonly isPublic: boolean;
  readonly permissions: AppPermissions;
}

/** GitHub refuses longer names. */
export const MAX_APP_NAME_CHARACTERS = 34;
/** docs/webhooks.md; events of installations come by themselves. */
export const APP_EVENTS = ['push', 'pull_request', 'check_suite', 'check_run', 'repository'];

export function appManifest({ appName, serviceUrl, redirectUrl, isPublic, permissions }: ManifestRequest): AppManifest {
  return {
    name: appName,
    url: `${serviceUrl}/`,
    hook_attributes: { url: `${serviceUrl}/webhook`, active: true },
    redirect_url: redirectUrl,
    description:
      'Exchanges OIDC tokens of workloads for short-lived GitHub tokens, as trust policies in repositories say.',
    public: isPublic,
    default_events: APP_EVENTS,
    default_permissions: permissions,
  };
}

/** A page that posts the manifest at once; with a button, where scripts are off. */
export function manifestPage(manifest: AppManifest, action: string, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Register the GitHub App</title>
<body>
<form id="manifest" method="post" action="${escaped(action)}">
<input type="hidden" name="manifest" value="${escaped(JSON.stringify(manifest))}">
<p>On to ${escaped(new URL(action).host)}, which asks for the App's name.</p>
<button>Register the App</button>
</form>
<script nonce="${escaped(nonce)}">document.getElementById('manifest').submit()</script>
</body>
</html>
`;
}

/** For text and quoted attributes (HTML, §13.1.2.3). */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
