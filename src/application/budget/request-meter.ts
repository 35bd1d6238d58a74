import { injectable } from 'tsyringe';

/** Counts what one request has cost, for its audit event. */
@injectable()
export class RequestMeter {
  githubRequests = 0;
}
