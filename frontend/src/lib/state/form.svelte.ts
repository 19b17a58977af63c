/** What every form shares: busy while sending, the refusal as a sentence, messages beside the fields. */
import { explain, Problem, type Told } from '#lib/api/problem.ts';

export class Form {
	busy = $state(false);
	done = $state(false);
	refusal = $state.raw<Told | null>(null);
	fields = $state.raw<Record<string, string>>({});

	/** Runs `send` unless it is still running; true when it succeeded. A refusal with field messages moves the focus to the first field at fault. */
	async run(send: () => Promise<unknown>): Promise<boolean> {
		if (this.busy) return false;
		this.busy = true;
		this.done = false;
		this.refusal = null;
		this.fields = {};
		try {
			await send();
			this.done = true;
			return true;
		} catch (error) {
			this.refusal = explain(error);
			if (error instanceof Problem) this.fields = error.fields;
			return false;
		} finally {
			this.busy = false;
		}
	}

	/** A submit handler: no page load, the given action instead. */
	submit(send: () => Promise<unknown>): (event: SubmitEvent) => void {
		return (event) => {
			event.preventDefault();
			const form = event.currentTarget as HTMLFormElement;
			void this.run(send).then((well) => {
				if (!well) requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
			});
		};
	}
}
