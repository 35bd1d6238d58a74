/** An end that was foreseen: its message is for the operator, says what to do, and holds no secret. */
export class Stop extends Error {
  override readonly name = 'Stop';
}
