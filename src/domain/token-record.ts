/**
 * The tokens of one episode as they are appended: prompt and observations with mask 0, sampled ids with mask 1
 * and their log-probabilities. Nothing is ever encoded again, so what was sampled is what trains.
 */
export interface TokenRecord {
  readonly token_ids: number[];
  readonly loss_mask: (0 | 1)[];
  readonly logprobs: number[];
}

export function createTokenRecord(): TokenRecord {
  return { token_ids: [], loss_mask: [], logprobs: [] };
}

/** Appends tokens that the policy did not choose. */
export function appendContext(record: TokenRecord, tokenIds: readonly number[]): void {
  for (const id of tokenIds) {
    record.token_ids.push(id);
    record.loss_mask.push(0);
    record.logprobs.push(0);
  }
}

/** Appends sampled tokens; ids and logprobs have equal length. */
export function appendSampled(record: TokenRecord, tokenIds: readonly number[], logprobs: readonly number[]): void {
  if (tokenIds.length !== logprobs.length) {
    throw new RangeError(`${tokenIds.length} sampled ids came with ${logprobs.length} logprobs`);
  }
  tokenIds.forEach((id, index) => {
    record.token_ids.push(id);
    record.loss_mask.push(1);
    record.logprobs.push(logprobs[index] as number);
  });
}
