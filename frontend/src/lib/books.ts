/** The complete book of a fund as it is downloaded, added up: the same check that anybody can do with a spreadsheet. */

/** The cells of one line of CSV; a cell in quotes may hold commas, and two quotes for one. */
export function cells(line: string): string[] {
	return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((it) => (it[1] === undefined ? (it[2] ?? '') : it[1].replaceAll('""', '"')));
}

/** "-12.50" is -1250; null for what is no amount. */
function minor(text: string): number | null {
	const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
	return found ? Number(`${found[1]}${found[2]}${found[3] ?? ''}`) : null;
}

/** How many lines the book has, and their sum in minor units; throws where a line has no amount, as then nothing is proven. */
export function sumOfBooks(csv: string): { lines: number; sum: number } {
	const [head = '', ...lines] = csv.replace(/^\ufeff/, '').split(/\r?\n/).filter(Boolean);
	const column = cells(head).indexOf('amount');
	let sum = 0;
	for (const line of lines) {
		const amount = minor(cells(line)[column] ?? '');
		if (amount === null) throw new Error('a line of the books has no amount');
		sum += amount;
	}
	return { lines: lines.length, sum };
}
