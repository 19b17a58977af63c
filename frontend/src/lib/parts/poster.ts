/** A picture of something on offer, to be passed on: drawn in the browser from our own files; nobody else is asked. */

export interface PosterText {
	title: string;
	lines: string[];
	price: string;
	scan: string;
	app: string;
}

const [WIDTH, HEIGHT, EDGE] = [1080, 1440, 64];
const PHOTO = 660;
const QR = 320;

/** Breaks a text into lines of at most `max`: between words, and between Chinese characters. */
export function wrap(text: string, max: number, measure: (text: string) => number, most: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const piece of text.match(/\s+|\p{Script=Han}|[^\s\p{Script=Han}]+/gu) ?? []) {
		if (line && measure(line + piece) > max) {
			lines.push(line.trimEnd());
			line = piece.trimStart();
		} else line += piece;
	}
	if (line.trim()) lines.push(line.trimEnd());
	return lines.length > most ? [...lines.slice(0, most - 1), `${lines[most - 1]?.slice(0, -1)}…`] : lines;
}

const loaded = (src: string) =>
	new Promise<HTMLImageElement>((resolve, reject) => {
		const image = new Image();
		image.onload = () => resolve(image);
		image.onerror = () => reject(new Error(src));
		image.src = src;
	});

/** A colour or font of the page by the name of its token. */
const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function drawCover(ctx: CanvasRenderingContext2D, image: HTMLImageElement): void {
	const scale = Math.max(WIDTH / image.naturalWidth, PHOTO / image.naturalHeight);
	const [w, h] = [WIDTH / scale, PHOTO / scale];
	ctx.drawImage(image, (image.naturalWidth - w) / 2, (image.naturalHeight - h) / 2, w, h, 0, 0, WIDTH, PHOTO);
}

/** Draws the picture; without a photo its place stays in the colour of the market. */
export async function drawPoster(canvas: HTMLCanvasElement, text: PosterText, qr: string, photo: string | undefined): Promise<Blob> {
	const ctx = canvas.getContext('2d');
	if (!ctx) throw new Error('no canvas');
	[canvas.width, canvas.height] = [WIDTH, HEIGHT];
	const font = (size: number, weight = 400) => (ctx.font = `${weight} ${size}px ${token('--font-body')}`);
	ctx.fillStyle = token('--surface');
	ctx.fillRect(0, 0, WIDTH, HEIGHT);
	ctx.fillStyle = token('--pine');
	ctx.fillRect(0, 0, WIDTH, PHOTO);
	const [code, picture] = await Promise.all([loaded(qr), photo ? loaded(photo).catch(() => null) : null]);
	if (picture) drawCover(ctx, picture);
	ctx.textBaseline = 'top';
	let y = PHOTO + 44;
	const write = (words: string, size: number, weight: number, color: string, most: number, max = WIDTH - 2 * EDGE) => {
		font(size, weight);
		ctx.fillStyle = token(color);
		for (const line of wrap(words, max, (it) => ctx.measureText(it).width, most)) {
			ctx.fillText(line, EDGE, y);
			y += size * 1.4;
		}
	};
	write(text.title, 68, 700, '--ink', 2);
	write(text.price, 52, 700, '--action', 1);
	y += 14;
	const beside = WIDTH - 3 * EDGE - QR;
	for (const line of text.lines) write(line, 36, 400, '--ink-soft', 2, beside);
	y = HEIGHT - EDGE - 84;
	write(text.app, 44, 700, '--ink', 1, beside);
	write(text.scan, 30, 400, '--ink-soft', 1, beside);
	ctx.drawImage(code, WIDTH - EDGE - QR, HEIGHT - EDGE - QR, QR, QR);
	return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'));
}
