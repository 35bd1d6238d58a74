import type { Finding } from '../../domain/finding.ts';
import type { Guardrails, GuardrailsReading } from '../../domain/guardrails.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import type { PolicyLevel } from '../../domain/permission-set.ts';
import type { PolicyFile } from '../../domain/policy-folder.ts';
import type { TrustPolicy } from '../../domain/trust-policy.ts';
import { isolateToken } from './token.ts';

export interface FoundPolicy {
  readonly kind: 'found';
  readonly policy: TrustPolicy;
  /** What auditing guardrails would refuse it for; none unless given. */
  readonly outside?: readonly Finding[];
  /** SHA-256 of the file, in hex. */
  readonly contentHash: string;
}

export interface InvalidPolicy {
  readonly kind: 'invalid';
  readonly findings: readonly Finding[];
  /** Valid in itself, and outside the organization's guardrails. */
  readonly isOutside?: true;
  readonly contentHash: string;
}

/** Where a policy stands: guardrails judge by it. */
export interface PolicyPlace {
  readonly level: PolicyLevel;
  /** The repository's name, without its owner. */
  readonly repository: string;
  readonly identity: string;
}

/** Compiles what repositories hold. The same content gives the same verdict, so it may be kept for as long as there is room. */
export interface CompiledPolicies {
  /** @param guardrails the organization's, where there are any */
  policy(
    file: PolicyFile,
    place: PolicyPlace,
    guardrails: Guardrails | undefined,
  ): Promise<FoundPolicy | InvalidPolicy>;
  /** `present` or `invalid`. */
  allowlist(text: string): AllowlistReading;
  /** `present` or `invalid`. */
  guardrails(text: string): GuardrailsReading;
}

export const COMPILED_POLICIES = isolateToken<CompiledPolicies>('CompiledPolicies');
