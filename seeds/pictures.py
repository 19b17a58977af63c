"""Draws the demo town's pictures: calm flat scenes, one motif per category, varied by a number so that no two are alike."""

import io
import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

# The drawing board, reduced to FINAL pixels for smooth edges.
WIDTH, HEIGHT = 960, 640
FINAL = (640, 427)
Color = tuple[int, int, int]

PALETTES: tuple[tuple[Color, Color, Color, Color, Color], ...] = (
    # sky, far, near, main, accent
    ((244, 232, 211), (214, 196, 160), (160, 178, 140), (74, 104, 84), (206, 96, 62)),
    ((232, 238, 234), (184, 206, 196), (128, 164, 152), (42, 92, 90), (224, 148, 66)),
    ((250, 236, 226), (236, 200, 176), (204, 150, 120), (138, 66, 50), (64, 112, 104)),
    ((236, 236, 224), (206, 208, 174), (156, 170, 110), (86, 106, 58), (190, 82, 70)),
    ((230, 234, 240), (186, 198, 214), (136, 154, 180), (60, 82, 118), (222, 132, 84)),
    ((248, 240, 218), (238, 214, 150), (214, 172, 90), (140, 100, 40), (92, 128, 110)),
)


class Canvas:
    """A drawing, larger than the picture that is made of it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same picture each time is the point
        self.sky, self.far, self.near, self.main, self.accent = PALETTES[seed % len(PALETTES)]
        self.image = Image.new("RGB", (WIDTH, HEIGHT), self.sky)
        self.draw = ImageDraw.Draw(self.image)

    def circle(self, x: float, y: float, r: float, fill: Color) -> None:
        self.draw.ellipse([x - r, y - r, x + r, y + r], fill=fill)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Color) -> None:
        self.draw.ellipse([x - rx, y - ry, x + rx, y + ry], fill=fill)

    def box(self, x: float, y: float, w: float, h: float, fill: Color, radius: float = 0) -> None:
        self.draw.rounded_rectangle([x, y, x + w, y + h], radius, fill=fill)

    def shape(self, points: list[tuple[float, float]], fill: Color) -> None:
        self.draw.polygon(points, fill=fill)

    def line(self, points: list[tuple[float, float]], fill: Color, width: float) -> None:
        self.draw.line(points, fill=fill, width=int(width), joint="curve")
        for x, y in (points[0], points[-1]):
            self.circle(x, y, width / 2, fill)

    def hills(self, base: float, fill: Color, height: float = 70) -> None:
        phase, wave = self.dice.random() * 6, 160 + self.dice.random() * 160
        top = [(float(x), base - height * (0.5 + 0.5 * math.sin(x / wave + phase))) for x in range(0, WIDTH + 20, 20)]
        self.shape([*top, (WIDTH, HEIGHT), (0, HEIGHT)], fill)

    def hills_in(self, x: float, y: float, w: float, h: float) -> None:
        """A landscape seen through a window."""
        top = [(x, y + h * 0.5), (x + w * 0.4, y), (x + w * 0.7, y + h * 0.5), (x + w, y + h * 0.3)]
        self.shape([(x, y + h), *top, (x + w, y + h)], self.far)

    def sun(self) -> None:
        self.circle(180 + self.dice.random() * 600, 120 + self.dice.random() * 60, 54, self.accent)

    def ground(self, y: float = 520) -> None:
        self.box(0, y, WIDTH, HEIGHT - y, self.near)

    def person(self, x: float, y: float, size: float, fill: Color) -> None:
        """A standing figure whose feet are at (x, y)."""
        self.circle(x, y - size * 0.88, size * 0.12, self.main)
        self.box(x - size * 0.15, y - size * 0.74, size * 0.3, size * 0.74, fill, size * 0.14)

    def finished(self) -> bytes:
        """The picture as JPEG with a little paper grain."""
        small = self.image.resize(FINAL, Image.Resampling.LANCZOS).filter(ImageFilter.SMOOTH)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=88)
        return out.getvalue()


def _eldercare(c: Canvas) -> None:
    c.sun()
    c.hills(470, c.far)
    c.ground()
    c.box(560, 300, 240, 230, c.sky, 8)
    c.shape([(530, 310), (680, 200), (830, 310)], c.main)
    c.box(650, 420, 70, 110, c.accent, 6)
    c.person(300, 560, 220, c.accent)
    c.person(390, 560, 190, c.far)
    c.line([(455, 560), (455, 440), (435, 425)], c.main, 8)


def _meals(c: Canvas) -> None:
    c.box(0, 430, WIDTH, 210, c.near)
    c.oval(480, 520, 300, 46, c.far)
    c.shape([(260, 360), (700, 360), (620, 520), (340, 520)], c.main)
    c.oval(480, 360, 220, 44, c.sky)
    for at in range(7):
        c.circle(330 + at * 50, 352 + (at % 2) * 10, 24 + c.dice.random() * 10, c.accent if at % 2 else c.far)
    for at in range(3):
        x = 400 + at * 80
        c.line([(x + 14 * math.sin(s / 2), 290 - s * 12) for s in range(10)], c.far, 9)
    c.line([(690, 250), (560, 350)], c.accent, 10)
    c.line([(730, 270), (590, 356)], c.accent, 10)


def _arts(c: Canvas) -> None:
    c.box(120, 70, 720, 480, (250, 247, 240), 6)
    c.shape([(160, 470), (320, 250), (420, 380), (540, 190), (780, 470)], c.far)
    c.shape([(160, 480), (380, 360), (560, 430), (800, 380), (800, 500), (160, 500)], c.near)
    c.circle(680, 170, 42, c.accent)
    c.line([(620, 600), (800, 300)], c.main, 18)
    c.shape([(590, 640), (612, 580), (640, 596)], (40, 40, 40))
    c.box(150, 500, 34, 34, c.accent, 4)


def _sports(c: Canvas) -> None:
    c.sun()
    c.hills(440, c.far)
    c.hills(500, c.near, 40)
    c.oval(480, 560, 260, 34, c.accent)
    c.circle(480, 262, 44, c.main)
    c.shape([(430, 320), (530, 320), (560, 470), (400, 470)], c.main)
    c.line([(300, 540), (400, 480), (560, 530)], c.main, 42)
    c.line([(660, 540), (560, 480), (400, 530)], c.main, 42)
    c.line([(440, 340), (350, 450), (320, 500)], c.main, 24)
    c.line([(520, 340), (610, 450), (640, 500)], c.main, 24)


def _health(c: Canvas) -> None:
    c.circle(480, 320, 230, c.far)
    for turn in range(6):
        angle = turn * math.pi / 3 + c.dice.random() * 0.3
        x, y = 480 + 150 * math.cos(angle), 320 + 150 * math.sin(angle)
        c.oval(x, y, 62, 30, c.near)
        c.line([(480, 320), (x, y)], c.main, 7)
    c.circle(480, 320, 96, c.sky)
    c.box(462, 256, 36, 128, c.accent, 10)
    c.box(416, 302, 128, 36, c.accent, 10)


def _children(c: Canvas) -> None:
    c.sun()
    c.ground(500)
    for row, count in enumerate((4, 3, 2)):
        for at in range(count):
            fill = (c.accent, c.main, c.far)[(row + at) % 3]
            c.box(260 + row * 55 + at * 110, 400 - row * 104, 100, 100, fill, 12)
    c.shape([(740, 120), (810, 190), (740, 290), (670, 190)], c.accent)
    c.line([(740, 290), (720, 360), (760, 430), (730, 500)], c.main, 5)


def _housekeeping(c: Canvas) -> None:
    c.box(0, 500, WIDTH, 140, c.near)
    c.box(260, 90, 440, 330, c.far, 10)
    c.box(280, 110, 195, 290, c.sky)
    c.box(485, 110, 195, 290, c.sky)
    c.line([(300, 380), (440, 150)], (255, 255, 255), 12)
    c.box(180, 430, 120, 130, c.accent, 14)
    c.line([(760, 160), (700, 540)], c.main, 12)
    c.shape([(660, 540), (740, 540), (770, 610), (630, 610)], c.accent)
    for _ in range(6):
        c.circle(200 + c.dice.random() * 560, 80 + c.dice.random() * 350, 6 + c.dice.random() * 10, (255, 255, 255))


def _repair(c: Canvas) -> None:
    c.circle(360, 330, 170, c.main)
    for turn in range(10):
        angle = turn * math.pi / 5
        c.circle(360 + 170 * math.cos(angle), 330 + 170 * math.sin(angle), 36, c.main)
    c.circle(360, 330, 74, c.sky)
    c.line([(520, 520), (740, 240)], c.accent, 46)
    c.circle(760, 210, 74, c.accent)
    c.shape([(760, 210), (860, 120), (820, 90)], c.sky)
    c.box(0, 580, WIDTH, 60, c.near)


def _career(c: Canvas) -> None:
    c.sun()
    for step in range(5):
        c.box(140 + step * 140, 480 - step * 70, 150, 170 + step * 70, (c.far, c.near)[step % 2])
    c.person(760, 200, 150, c.accent)
    c.box(150, 400, 120, 80, c.main, 10)
    c.box(190, 380, 40, 26, c.main, 8)


def _living(c: Canvas) -> None:
    c.ground(500)
    c.box(200, 380, 220, 170, c.accent, 18)
    for at in range(7):
        x = 310 + (at - 3) * 44
        c.line([(310, 390), (x, 230 - abs(at - 3) * -24)], c.main, 8)
        c.oval(x, 220 + abs(at - 3) * 24, 34, 54, c.near)
    c.oval(640, 470, 120, 74, c.main)
    c.circle(740, 390, 62, c.main)
    c.shape([(700, 350), (712, 280), (746, 336)], c.main)
    c.shape([(748, 336), (784, 284), (790, 352)], c.main)
    c.line([(530, 450), (480, 380), (500, 330)], c.main, 20)
    c.circle(760, 384, 7, c.sky)


def _together(c: Canvas) -> None:
    c.line([(0, 110), (480, 160), (960, 100)], c.main, 5)
    for at in range(5):
        x = 110 + at * 185
        c.line([(x, 120 + 8 * (at % 3)), (x, 180)], c.main, 4)
        c.oval(x, 240, 62, 56, c.accent)
        c.box(x - 24, 178, 48, 12, c.far)
        c.box(x - 24, 290, 48, 12, c.far)
    c.ground(540)
    for at in range(6):
        c.person(160 + at * 130, 600, 130 + c.dice.random() * 60, (c.far, c.main, c.near)[at % 3])


def _room(c: Canvas) -> None:
    c.box(0, 0, WIDTH, 470, c.sky)
    c.shape([(0, 470), (WIDTH, 470), (WIDTH, HEIGHT), (0, HEIGHT)], c.near)
    for at in range(9):
        c.line([(480 + (at - 4) * 90, 470), (480 + (at - 4) * 240, 640)], c.far, 3)
    for at in range(3):
        x = 120 + at * 260
        c.box(x, 90, 200, 270, c.main, 8)
        c.box(x + 14, 104, 172, 242, (250, 250, 244), 6)
        c.hills_in(x + 14, 260, 172, 86)
    c.line([(480, 0), (480, 60)], c.main, 5)
    c.oval(480, 76, 60, 26, c.accent)
    for at in range(int(3 + c.dice.random() * 3)):
        c.box(160 + at * 150, 520 + (at % 2) * 30, 110, 24, c.accent, 12)


def _stall(c: Canvas) -> None:
    c.ground(560)
    c.box(240, 250, 16, 310, c.main)
    c.box(704, 250, 16, 310, c.main)
    for at in range(6):
        c.shape(
            [(200 + at * 94, 200), (294 + at * 94, 200), (284 + at * 94, 290), (210 + at * 94, 290)],
            c.accent if at % 2 else (250, 246, 236),
        )
        c.circle(247 + at * 94, 288, 38, c.accent if at % 2 else (250, 246, 236))
    c.box(220, 430, 520, 130, c.far, 6)
    for at in range(7):
        c.circle(270 + at * 70, 416, 28, (c.main, c.accent, c.near)[at % 3])


MOTIFS: dict[str, Callable[[Canvas], None]] = {
    "eldercare": _eldercare,
    "meals": _meals,
    "arts": _arts,
    "sports": _sports,
    "health": _health,
    "children": _children,
    "housekeeping": _housekeeping,
    "repair": _repair,
    "career": _career,
    "living": _living,
    "together": _together,
    "room": _room,
    "stall": _stall,
}


def picture(motif: str, number: int) -> bytes:
    """A JPEG of the motif; the same number always gives the same picture."""
    canvas = Canvas(number)
    MOTIFS[motif](canvas)
    return canvas.finished()
