import { defineConfig } from '@hey-api/openapi-ts';

export default defineConfig({
	input: './openapi.json',
	output: { path: './src/lib/api/generated', clean: true, tsConfigPath: null },
	plugins: [
		{ name: '@hey-api/client-fetch', runtimeConfigPath: './src/lib/api/client-config' },
		'@hey-api/typescript',
		{ name: '@hey-api/sdk', operations: { strategy: 'flat' } }
	]
});
