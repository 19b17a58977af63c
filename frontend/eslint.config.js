import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';

export default ts.config(
	{ ignores: ['build/', '.svelte-kit/', 'src/lib/paraglide/', 'src/lib/api/generated/', 'node_modules/'] },
	...ts.configs.strict,
	...svelte.configs['flat/recommended'],
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } }
	},
	{
		rules: {
			'max-lines': ['error', { max: 150 }],
			'no-console': 'error',
			'svelte/no-at-html-tags': 'error',
			'svelte/prefer-svelte-reactivity': 'off',
			// All addresses are built in lib/routes.ts, for an app that is always served from the root.
			'svelte/no-navigation-without-resolve': 'off'
		}
	}
);
