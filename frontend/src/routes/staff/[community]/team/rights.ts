import type { Account, StaffMember } from '#lib/api/generated/types.gen.ts';

const BY: Record<StaffMember['role'], readonly string[]> = {
	clerk: ['director', 'street', 'operator'],
	director: ['street', 'operator'],
	street: ['operator']
};

/** Whether the page offers to give or take this role; the server decides again. */
export function mayChange(account: Account, community: string, role: StaffMember['role']): boolean {
	return account.roles.some((it) => BY[role].includes(it.role) && (it.role === 'operator' || it.communities.includes(community)));
}
