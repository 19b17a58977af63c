/** Pools that pay part of residents' prices while they last. */
import { take } from '#lib/api/call.ts';
import { changeSubsidyPool, createSubsidyPool, listFundSubsidies, listSubsidyPools, requestSpending } from '#lib/api/generated/sdk.gen.ts';
import type { NewPool, PoolChange, SubsidyPool } from '#lib/api/generated/types.gen.ts';

export const pools = (community: string) => take(listSubsidyPools({ path: { community } }));
export const subsidies = (fund: string) => take(listFundSubsidies({ path: { fund } }));
export const createPool = (community: string, body: NewPool) => take(createSubsidyPool({ path: { community }, body }));
export const changePool = (pool_id: string, body: PoolChange) => take(changeSubsidyPool({ path: { pool_id }, body }));
/** A request like any other spending: others have to consent before the money is in the pool. */
export const askToFill = (pool: SubsidyPool, key: string, wish: { amount: number; purpose: string; title: string }) =>
	take(
		requestSpending({ path: { fund: pool.fund }, body: { ...wish, payee_name: pool.name, pool: pool.slug }, headers: { 'Idempotency-Key': key } })
	);
