/** Reading a text aloud with the voices of the device; nothing leaves it. */
import { getLocale } from '#lib/paraglide/runtime.js';

function voiceFor(locale: string): SpeechSynthesisVoice | undefined {
	const wanted = locale.slice(0, 2).toLowerCase();
	return speechSynthesis.getVoices().find((voice) => voice.lang.toLowerCase().startsWith(wanted));
}

/** Waits a moment for the voices, which some browsers load late; false when there is none for the language. */
async function hasVoice(locale: string): Promise<boolean> {
	if (!('speechSynthesis' in globalThis)) return false;
	for (let round = 0; round < 5; round += 1) {
		if (voiceFor(locale)) return true;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	return false;
}

/** Speaks slowly; resolves to true when it is over, to false where the device has no voice for the language. */
export async function speak(text: string): Promise<boolean> {
	const locale = getLocale();
	if (!(await hasVoice(locale))) return false;
	return new Promise((resolve) => {
		const said = new SpeechSynthesisUtterance(text);
		said.lang = locale;
		said.rate = 0.85;
		said.voice = voiceFor(locale) ?? null;
		said.onend = () => resolve(true);
		said.onerror = (event) => resolve(event.error === 'canceled' || event.error === 'interrupted');
		speechSynthesis.cancel();
		speechSynthesis.speak(said);
	});
}

export function stopSpeaking(): void {
	if ('speechSynthesis' in globalThis) speechSynthesis.cancel();
}
