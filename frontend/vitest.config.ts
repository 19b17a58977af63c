import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The tested modules know nothing of Kit, so the tests start without it.
export default defineConfig({
	plugins: [svelte()],
	test: { include: ['tests/**/*.test.ts'], environment: 'node' }
});
