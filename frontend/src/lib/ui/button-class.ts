/** The look of everything that acts like a button, shared by Button and LinkButton. */
export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger';

const BASE =
	'inline-flex items-center justify-center gap-2 rounded-control py-2 min-h-12 font-bold leading-tight ' +
	'no-underline transition-colors text-center select-none aria-disabled:opacity-60 aria-disabled:cursor-not-allowed';

const VARIANTS: Record<ButtonVariant, string> = {
	primary: 'px-5 bg-action text-on-action hover:bg-action-hover border-2 border-action hover:border-action-hover',
	secondary: 'px-5 bg-surface text-ink border-2 border-line-strong hover:bg-sunken',
	quiet: 'px-2 -mx-2 bg-transparent text-link border-2 border-transparent underline hover:bg-sunken',
	danger: 'px-5 bg-surface text-danger border-2 border-danger hover:bg-danger-soft'
};

export function buttonClass(variant: ButtonVariant, block: boolean): string {
	return `${BASE} ${VARIANTS[variant]} ${block ? 'w-full' : ''}`;
}
