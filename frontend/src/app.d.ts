declare global {
	namespace App {
		interface Error {
			status: number;
			message: string;
			title?: string;
		}
		interface PageState {
			/** The new time of a booking that has just been moved. */
			moved?: string;
		}
	}
}

export {};
