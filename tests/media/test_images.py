"""What a picture may be, and what is left of it."""

import asyncio
import io
import resource
import struct
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from market.errors import InvalidInput, MarketError
from market.media import images, service
from market.media.images import PictureRefused, Target, render, targets


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *extra: bytes) -> bytes:
    """A PNG that claims a size and has almost no pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + b"".join(extra)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def frames(kind: str, number: int) -> bytes:
    pictures = [Image.new("RGB", (16, 16), (n % 256, n // 256, 0)) for n in range(number)]
    options: dict[str, Any] = {"method": 0} if kind == "WEBP" else {}
    return encoded(pictures[0], kind, save_all=True, append_images=pictures[1:], **options)


def webp_canvas(width: int, height: int) -> bytes:
    """The header of a WebP that claims a size."""
    body = (
        b"WEBPVP8X"
        + struct.pack("<I", 10)
        + b"\0\0\0\0"
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


PLAIN = Image.new("RGB", (40, 20), (200, 30, 30))
BOMBS = {
    "60000 x 60000": lambda: png(60_000, 60_000),
    "10000 x 10000": lambda: png(10_000, 10_000),
    "one long side": lambda: png(40_000_000, 1),
    "claims pixels it has not": lambda: png(8_000, 5_000),
    "5000 frames in WebP": lambda: frames("WEBP", 5000),
    "1000 frames in PNG": lambda: frames("PNG", 1000),
    "5000 frames in GIF": lambda: frames("GIF", 5000),
    "huge WebP canvas": lambda: webp_canvas(16_000_000, 16_000_000),
    "200 MB in one iTXt": lambda: png(100, 100, chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(b"x" * 200_000_000))),
    "2 GB in many zTXt": lambda: png(
        100, 100, *[chunk(b"zTXt", b"a%d\0\0" % n + zlib.compress(b"x" * 1_000_000)) for n in range(2000)]
    ),
    "200 MB in the profile": lambda: png(100, 100, chunk(b"iCCP", b"a\0\0" + zlib.compress(b"x" * 200_000_000))),
    "11 MB": lambda: encoded(PLAIN, "PNG") + b"\0" * 11 * 1024 * 1024,
}


@pytest.mark.parametrize("name", BOMBS)
async def test_I01_bombs_are_refused_fast_and_cost_no_memory(name: str) -> None:
    data = BOMBS[name]()
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    with pytest.raises(MarketError) as refusal:
        await service.render(data)
    assert time.perf_counter() - started < 2
    assert 400 <= refusal.value.status < 500
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 50  # MB in the web process


@pytest.mark.parametrize(
    "name", ["60000 x 60000", "10000 x 10000", "200 MB in one iTXt", "2 GB in many zTXt", "huge WebP canvas"]
)
async def test_I01_F17_the_picture_process_itself_stays_small(name: str) -> None:
    program = (
        "import resource, sys; from market.media import images; small = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "data = sys.stdin.buffer.read(); read = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: images.render(data)\nexcept images.PictureRefused: pass\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - read) // 1024)"
    )
    process = await asyncio.create_subprocess_exec(
        images.sys.executable, "-c", program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await process.communicate(BOMBS[name]())
    assert int(answer) < 200


async def test_F17_a_picture_process_out_of_memory_is_a_refusal_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONMALLOC", "malloc")
    big = encoded(Image.new("RGBA", (7_000, 5_700), (1, 2, 3, 4)), "PNG", compress_level=1)
    program = "from market.media import images; images.MEMORY_BYTES = 160 * 1024 * 1024; images.main()"  # enough to start, not for this
    process = await asyncio.create_subprocess_exec(
        images.sys.executable,
        "-c",
        program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    answer, _ = await process.communicate(big)
    assert process.returncode != 0 or b"too_many_pixels" in answer or b"broken" in answer
    assert (await service.render(encoded(PLAIN, "PNG"))).width == 40


NOT_PICTURES = {
    "FITS": b"SIMPLE  =                    T" + b" " * 2850,
    "PSD": b"8BPS\x00\x01" + b"\0" * 100,
    "GD": b"\xff\xff\x00\x10\x00\x10" + b"\0" * 100,
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "PDF": b"%PDF-1.7\n",
    "empty": b"",
    "JPEG's first bytes": b"\xff\xd8\xff",
}


@pytest.mark.parametrize("name", NOT_PICTURES)
async def test_I02_other_formats_are_415_whatever_they_are_called(name: str) -> None:
    with pytest.raises(MarketError) as refusal:
        await service.render(NOT_PICTURES[name])
    assert refusal.value.status in {415, 422} if name == "JPEG's first bytes" else refusal.value.status == 415


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "ICO", "PPM", "TGA", "AVIF"])
def test_I02_pictures_of_other_formats_are_not_even_opened(kind: str) -> None:
    with pytest.raises(PictureRefused, match="not_a_picture"):
        render(encoded(PLAIN, kind))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_I02_what_is_accepted_becomes_avif_webp_and_jpeg_of_three_sizes(kind: str) -> None:
    found = render(encoded(Image.effect_noise((1600, 1200), 60).convert("RGB"), kind))
    assert [(each.format, each.width, each.height) for each in found.variants] == [
        (name, width, width * 3 // 4) for width in (320, 640, 1280) for name in ("avif", "webp", "jpeg")
    ]
    for each in found.variants:
        with Image.open(io.BytesIO(each.data)) as copy:
            copy.load()
            assert (copy.format or "").lower() == each.format
            assert copy.size == (each.width, each.height)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((100, 50), [(100, 50)]),
        ((320, 240), [(320, 240)]),
        ((800, 600), [(320, 240), (640, 480), (800, 600)]),
        ((4000, 3000), [(320, 240), (640, 480), (1280, 960)]),
        ((3000, 4000), [(320, 427), (640, 853), (1280, 1707)]),
        ((100, 10_000), [(6, 640), (13, 1280), (26, 2560)]),
        ((10_000, 1), [(320, 1), (640, 1), (1280, 1)]),
    ],
)
def test_copies_fit_their_boxes_and_are_never_enlarged(size: tuple[int, int], expected: list[tuple[int, int]]) -> None:
    assert targets(*size) == [Target(*each) for each in expected]


POLYGLOTS = {
    "JPEG and HTML": encoded(PLAIN, "JPEG", comment=b"<script>alert(1)</script>")
    + b"<html><script>alert(1)</script></html>",
    "PNG and PHP": encoded(PLAIN, "PNG") + b"<?php system($_GET['c']); ?>",
    "PNG with script in a chunk": png(1, 1)[:33]
    + chunk(b"tEXt", b"a\0<script>alert(1)</script>")
    + encoded(PLAIN.resize((1, 1)), "PNG")[33:],
    "WEBP and JS": encoded(PLAIN, "WEBP") + b"*/=1;alert(1)",
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_I03_of_a_polyglot_only_the_picture_is_left(name: str) -> None:
    for each in render(POLYGLOTS[name]).variants:
        assert b"alert" not in each.data
        assert b"<?php" not in each.data
        assert b"<script" not in each.data


@pytest.fixture
def private() -> Iterator[Image.Exif]:
    """EXIF as a phone writes it: where, with which device, and a thumbnail."""
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 15.0)
    exif.get_ifd(0x8769)[0xA431] = "SERIAL-12345"
    return exif


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>31,14.25N</exif:GPSLatitude></x:xmpmeta>'
MARKS = (
    b"SECRETMAKER",
    b"SERIAL-12345",
    b"xmpmeta",
    b"GPSLatitude",
    b"Exif\0\0",
    b"ICC_PROFILE",
    b"iCCP",
    b"adobe:ns",
    b"private words",
)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_I04_place_device_and_profile_are_gone_and_the_picture_is_upright(kind: str, private: Image.Exif) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = Image.new("RGB", (60, 40), (0, 0, 255))
    picture.paste(
        (255, 0, 0), (0, 0, 60, 20)
    )  # red above blue as stored; orientation 6 turns it clockwise: blue left, red right
    options: dict[str, Any] = {"exif": private.tobytes(), "icc_profile": profile}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "private words")
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = text
    else:
        options["xmp"] = XMP
    if kind == "JPEG":
        options["comment"] = b"private words"
    original = encoded(picture, kind, **options)
    assert b"SECRETMAKER" in original
    found = render(original)
    assert (found.width, found.height) == (40, 60)
    for each in found.variants:
        assert not [mark for mark in MARKS if mark in each.data]
        with Image.open(io.BytesIO(each.data)) as copy:
            assert not copy.getexif()
            assert not {"exif", "icc_profile", "xmp", "comment"} & set(copy.info)
            left, right = copy.convert("RGB").getpixel((5, 30)), copy.convert("RGB").getpixel((34, 30))
        assert isinstance(left, tuple)
        assert isinstance(right, tuple)
        assert (left[2] > 200, left[0] < 60) == (True, True)
        assert (right[0] > 200, right[2] < 60) == (True, True)


@pytest.mark.parametrize("turn", range(1, 9))
def test_I04_every_orientation_ends_upright(turn: int) -> None:
    upright = Image.new("RGB", (80, 40), "white")
    upright.paste((0, 0, 0), (0, 0, 20, 10))  # a mark in the top left corner
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[turn]) if turn in undo else upright
    exif = Image.Exif()
    exif[0x0112] = turn
    found = render(encoded(stored, "PNG", exif=exif.tobytes()))
    with Image.open(io.BytesIO(found.variants[-1].data)) as copy:
        assert copy.size == (80, 40)
        assert copy.convert("L").getpixel((5, 3)) < 60
        assert copy.convert("L").getpixel((75, 35)) > 200


@pytest.mark.parametrize(
    ("picture", "kind", "expected"),
    [
        (Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG", (255, 255, 255)),
        (Image.new("LA", (20, 20), (0, 0)), "PNG", (255, 255, 255)),
        (Image.new("P", (20, 20), 0), "PNG", (0, 0, 0)),
        (Image.new("1", (20, 20), 1), "PNG", (255, 255, 255)),
        (Image.new("I;16", (20, 20), 128 * 256), "PNG", (128, 128, 128)),
        (Image.new("CMYK", (20, 20), (0, 0, 0, 0)), "JPEG", (255, 255, 255)),
        (Image.new("L", (20, 20), 100), "JPEG", (100, 100, 100)),
    ],
)
def test_every_colour_mode_becomes_plain_rgb_on_white(
    picture: Image.Image, kind: str, expected: tuple[int, int, int]
) -> None:
    found = render(encoded(picture, kind))
    with Image.open(io.BytesIO(found.variants[-1].data)) as copy:
        pixel = copy.convert("RGB").getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert all(abs(one - other) <= 4 for one, other in zip(pixel, expected, strict=True))


def test_the_first_picture_of_a_phones_double_jpeg_is_used() -> None:
    found = render(encoded(PLAIN, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))]))
    assert (found.width, found.height) == (40, 20)


async def test_a_cut_off_picture_is_named_as_damaged() -> None:
    whole = encoded(Image.effect_noise((300, 300), 60).convert("RGB"), "JPEG")
    with pytest.raises(InvalidInput, match="damaged"):
        await service.render(whole[: len(whole) // 2])


async def test_an_upload_from_a_phone_takes_about_a_second_at_most() -> None:
    photo = encoded(Image.effect_noise((4000, 3000), 40).convert("RGB"), "JPEG", quality=85)
    started = resource.getrusage(resource.RUSAGE_CHILDREN)
    await service.render(photo)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (
        spent.ru_utime + spent.ru_stime - started.ru_utime - started.ru_stime < 1.5
    )  # processor time, whoever else is at work


async def test_more_pictures_than_can_wait_are_told_to_come_again() -> None:
    data = encoded(PLAIN, "PNG")
    results = await asyncio.gather(*(service.render(data) for _ in range(14)), return_exceptions=True)
    refused = [each for each in results if isinstance(each, MarketError)]
    assert len(refused) == 4
    assert {each.status for each in refused} == {503}
    assert (await service.render(data)).width == 40
