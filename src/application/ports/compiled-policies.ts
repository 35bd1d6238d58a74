import type { Finding } from '../../domain/finding.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import type { PolicyLevel } from '../../domain/permission-set.ts';
import type { PolicyFile } from '../../domain/policy-folder.ts';
import type { TrustPolicy } from '../../domain/trust-policy.ts';
import { isolateToken } from './token.ts';

export interface FoundPolicy {
  readonly kind: 'found';
  readonly policy: TrustPolicy;
  /** SHA-256 of the file, in hex. */
  readonly contentHash: string;
}

export interface InvalidPolicy {
  readonly kind: 'invalid';
  readonly findings: readonly Finding[];
  readonly contentHash: string;
}

/** Compiles what repositories hold. The same content gives the same verdict, so it may be kept for as long as there is room. */
export interface CompiledPolicies {
  policy(file: PolicyFile, level: PolicyLevel): Promise<FoundPolicy | InvalidPolicy>;
  /** `present` or `invalid`. */
  allowlist(text: string): AllowlistReading;
}

export const COMPILED_POLICIES = isolateToken<CompiledPolicies>('CompiledPolicies');
