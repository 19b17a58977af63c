"""What a picture from outside may be, and the clean, small copies that are kept of it: pure Pillow work.

This file is also the program of a short-lived process (`python -m market.media.images`) that reads one picture from standard
input and writes its copies to standard output under limits on memory and time, so that a picture made to harm can
at worst end that process (I01, F17)."""

import contextlib
import io
import resource
import struct
import sys
import warnings
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from PIL import Image, ImageCms, ImageOps, PngImagePlugin, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 30_000
WIDTHS = (320, 640, 1280)
MEMORY_BYTES = 1024 * 1024 * 1024
CPU_S = 8
ORIENTATION = 0x0112
# Encoding costs more than all the rest: these settings keep an upload under a second on one core for 5-10 % more bytes.
ENCODINGS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("avif", "AVIF", {"quality": 55, "speed": 9, "max_threads": 1}),
    ("webp", "WEBP", {"quality": 76, "method": 2}),
    ("jpeg", "JPEG", {"quality": 80, "optimize": True, "progressive": True}),
)

# The sizes are checked from the header below, at a stricter limit than Pillow's own.
Image.MAX_IMAGE_PIXELS = None
# Text and profiles in a PNG unpack to at most this much; more is refused (I01).
PngImagePlugin.MAX_TEXT_CHUNK = 1024 * 1024
PngImagePlugin.MAX_TEXT_MEMORY = 4 * 1024 * 1024

Fault = Literal["not_a_picture", "too_many_bytes", "too_many_pixels", "animated", "broken"]


class PictureRefused(ValueError):
    """The picture cannot be used; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class Variant(msgspec.Struct, frozen=True):
    """One encoded copy; `format` is avif, webp or jpeg."""

    format: str
    width: int
    height: int
    data: bytes


class Rendered(msgspec.Struct, frozen=True):
    """All copies of one picture, smallest first, the jpeg of a size last; width and height are those of the largest."""

    width: int
    height: int
    variants: list[Variant]


class Outcome(msgspec.Struct, frozen=True):
    """What the process answers: either copies or a fault."""

    rendered: Rendered | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Size of one copy."""

    width: int
    height: int


def targets(width: int, height: int) -> list[Target]:
    """Sizes of the copies of an upright picture: each fits a box of 320, 640, 1280 wide and twice as high, none is enlarged."""
    found: list[Target] = []
    for box in WIDTHS:
        scale = min(1.0, box / width, 2 * box / height)
        target = Target(max(1, round(width * scale)), max(1, round(height * scale)))
        if target not in found:
            found.append(target)
    return found


def render(data: bytes) -> Rendered:
    """Decode `data` and return its clean copies: upright, in sRGB, on white, without any metadata.

    Raises PictureRefused."""
    if len(data) > MAX_BYTES:
        raise PictureRefused("too_many_bytes")
    _refuse_webp_by_header(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _refuse_by_header(image)
                return _copies(_decoded(image))
    except UnidentifiedImageError:
        raise PictureRefused("not_a_picture") from None
    except (
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        EOFError,
        struct.error,
        OverflowError,
    ) as fault:
        if isinstance(fault, PictureRefused):
            raise
        raise PictureRefused("broken") from fault


def _refuse_webp_by_header(data: bytes) -> None:
    """Refuse a moving or huge WebP from its first bytes, because Pillow makes room for all of it when it opens one."""
    if data[:4] != b"RIFF" or data[8:16] != b"WEBPVP8X" or len(data) < 30:
        return
    if data[20] & 0x02:
        raise PictureRefused("animated")
    _refuse_size(int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1)


def _refuse_by_header(image: Image.Image) -> None:
    _refuse_size(*image.size)
    # A JPEG with more than one picture is what many phones write (a preview, a depth map): its first one is the photo.
    if image.format in {"PNG", "WEBP"} and getattr(image, "n_frames", 1) > 1:
        raise PictureRefused("animated")


def _refuse_size(width: int, height: int) -> None:
    if width < 1 or height < 1 or max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise PictureRefused("too_many_pixels")


def _decoded(image: Image.Image) -> Image.Image:
    """The picture at the size of its largest copy, upright, RGB in sRGB."""
    if image.format in {"JPEG", "MPO"}:
        # A JPEG is decoded at a half, a quarter or an eighth where that is still large enough: less memory and time.
        largest = targets(*image.size)[-1]
        image.draft("RGB" if image.mode == "YCbCr" else image.mode, (largest.width, largest.height))
    image.load()
    turn = _orientation(image)
    profile = image.info.get("icc_profile")
    turned = turn in {5, 6, 7, 8}
    width, height = image.size
    upright = targets(height, width)[-1] if turned else targets(width, height)[-1]
    wanted = (upright.height, upright.width) if turned else (upright.width, upright.height)
    small = _to_plain_mode(image)
    if small.size != wanted:
        small = small.resize(wanted, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _turned(_in_srgb(_on_white(small), profile), turn)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation 1 to 8; 1 where it is missing or cannot be read."""
    try:
        turn = image.getexif().get(ORIENTATION, 1)
    except Exception:
        # Any fault of a foreign EXIF block means that there is no orientation.
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _to_plain_mode(image: Image.Image) -> Image.Image:
    """A mode that can be resized smoothly: L, LA, RGB, RGBA or CMYK."""
    if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK"}:
        return image
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGBA" if image.mode == "P" and "transparency" in image.info else "RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """Transparent parts become white: the JPEG fallback knows no transparency, and all copies shall look alike."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    with_alpha = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return ground


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours converted by the picture's own profile, which is then dropped; a profile that cannot be used is ignored."""
    if profile and image.mode in {"L", "RGB", "CMYK"}:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
    return image.convert("RGB")


def _turned(image: Image.Image, turn: int) -> Image.Image:
    """`image` upright, as a new picture that carries nothing but its pixels."""
    carrier = Image.new("RGB", image.size)
    carrier.paste(image)
    if turn == 1:
        return carrier
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    carrier.info["exif"] = exif.tobytes()
    upright = ImageOps.exif_transpose(carrier)
    upright.info.clear()
    return upright


def _copies(image: Image.Image) -> Rendered:
    variants: list[Variant] = []
    for target in targets(*image.size):
        size = (target.width, target.height)
        copy = image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        for name, encoder, options in ENCODINGS:
            out = io.BytesIO()
            copy.save(out, encoder, **options)
            variants.append(Variant(name, *size, out.getvalue()))
    return Rendered(*image.size, variants)


def main() -> None:
    """Read a picture from standard input, answer an Outcome as MessagePack on standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        outcome = Outcome(rendered=render(sys.stdin.buffer.read(MAX_BYTES + 1)))
    except PictureRefused as refusal:
        outcome = Outcome(fault=refusal.fault)
    except MemoryError:
        outcome = Outcome(fault="too_many_pixels")
    sys.stdout.buffer.write(msgspec.msgpack.encode(outcome))


if __name__ == "__main__":
    main()
