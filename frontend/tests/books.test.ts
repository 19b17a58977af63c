import { describe, expect, test } from 'vitest';
import { cells, sumOfBooks } from '../src/lib/books';
import { totals } from '../src/lib/services/book.service';

const HEAD = 'id,date,label,amount,currency';

describe('the complete book of a fund', () => {
	test('is added up to the cent, whatever its labels hold', () => {
		expect(sumOfBooks(`\ufeff${HEAD}\r\n1,2026-10-01,"a, ""b"" c",1.92,CNY\r\n2,2026-10-02,d,-0.93,CNY\r\n`)).toEqual({ lines: 2, sum: 99 });
	});

	test('of a thousand lines of 0.10 is a hundred, which floating point would miss', () => {
		const lines = Array.from({ length: 1000 }, (_, at) => `${at},2026-10-01,x,0.10,CNY`);
		expect(sumOfBooks([HEAD, ...lines].join('\n')).sum).toBe(10_000);
	});

	test('proves nothing when a line has no amount', () => {
		expect(() => sumOfBooks(`${HEAD}\n1,2026-10-01,x,,CNY`)).toThrow();
		expect(() => sumOfBooks('id,date\n1,2026')).toThrow();
	});

	test('without any line is nothing', () => {
		expect(sumOfBooks(HEAD)).toEqual({ lines: 0, sum: 0 });
	});

	test('has cells that may be empty', () => {
		expect(cells('1,,"",x')).toEqual(['1', '', '', 'x']);
	});
});

test('what came in and what was spent are the sums of the months', () => {
	const money = (amount: number) => ({ amount, currency: 'CNY' });
	const months = [
		{ income: money(100), spent: money(0) },
		{ income: money(50), spent: money(-30) }
	];
	expect(totals(months, money(120))).toEqual({ income: money(150), spent: money(30) });
});
