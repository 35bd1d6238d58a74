import type { CommitPlace } from '../../application/ports/changed-policy-files.ts';
import type {
  CheckReport,
  CheckRunReporter,
  EarlierReport,
  Publication,
  ReportLookup,
} from '../../application/ports/check-run-reporter.ts';

/** Reports by commit, each as it was published last. */
export class MemoryCheckRunReporter implements CheckRunReporter {
  readonly reports = new Map<string, CheckReport>();
  published = 0;
  private readonly ids = new Map<string, number>();

  find({ commit }: CommitPlace): Promise<ReportLookup> {
    const report = this.reports.get(commit);
    const id = this.ids.get(commit);
    if (report === undefined || id === undefined) return Promise.resolve({ kind: 'absent' });
    const annotations = report.files.reduce((sum, { findings }) => sum + findings.length, 0);
    return Promise.resolve({ kind: 'found', id, names: report.names, annotations });
  }

  publish({ commit }: CommitPlace, report: CheckReport, earlier?: EarlierReport): Promise<Publication> {
    this.published += 1;
    this.ids.set(commit, earlier?.id ?? this.ids.size + 1);
    this.reports.set(commit, report);
    return Promise.resolve({ kind: 'published' });
  }
}
