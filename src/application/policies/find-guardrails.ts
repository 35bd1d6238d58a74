import { inject, injectable } from 'tsyringe';
import type { Installation } from '../../domain/apps.ts';
import type { GuardrailsReading } from '../../domain/guardrails.ts';
import { Refusal } from '../refusal.ts';
import type { Unavailable } from '../ports/unavailable.ts';
import { ReadPolicies } from './read-policies.ts';
import { SettleOrganizationFiles } from './settle-organization-files.ts';

/** An organization's guardrails for the check of a commit. GitHub is asked only where no exchange has read them lately. */
@injectable()
export class FindGuardrails {
  constructor(
    @inject(ReadPolicies) private readonly policies: ReadPolicies,
    @inject(SettleOrganizationFiles) private readonly settleFiles: SettleOrganizationFiles,
  ) {}

  async find(installation: Installation): Promise<GuardrailsReading | Unavailable> {
    const found = await this.policies.readOrganization(installation);
    if ('kind' in found) return found;
    try {
      return (await this.settleFiles.settle(installation, found)).guardrails;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { kind: 'unavailable', cause: 'down', detail: error.details.detail ?? error.message };
    }
  }
}
