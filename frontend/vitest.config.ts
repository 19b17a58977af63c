import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The tested modules know nothing of Kit, so the tests start without it. They share modules, which takes a quarter of the time, in an
// order of chance, so that none can lean on another.
export default defineConfig({
	plugins: [svelte()],
	test: { include: ['tests/**/*.test.ts'], environment: 'node', isolate: false, sequence: { shuffle: true } }
});
