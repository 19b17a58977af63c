# ruff: noqa: E501 - tables of made-up goods
"""Made-up but plausible documents in Chinese and English, the same for the same seed."""

import random
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, time, timedelta

from market.search.documents import Document, Key, Label
from market.search.schemas import NextOffer

ROOTS = ["养老", "托幼", "家政", "餐饮", "健康", "文体", "教育", "维修", "便民", "公益", "空间"]
SERVICES = [
    ("瑜伽", "Yoga"), ("书法", "Calligraphy"), ("国画", "Chinese painting"), ("二胡", "Erhu"), ("古筝", "Guzheng"), ("合唱", "Choir"),
    ("太极拳", "Tai chi"), ("广场舞", "Square dance"), ("乒乓球", "Table tennis"), ("羽毛球", "Badminton"), ("围棋", "Go chess"),
    ("摄影", "Photography"), ("烘焙", "Baking"), ("插花", "Flower arranging"), ("编织", "Knitting"), ("剪纸", "Paper cutting"),
    ("英语口语", "Spoken English"), ("智能手机", "Smartphone"), ("作业辅导", "Homework help"), ("绘本阅读", "Picture books"),
    ("助老送餐", "Meals for elders"), ("老年食堂", "Canteen"), ("社区早餐", "Breakfast"), ("营养午餐", "Lunch"), ("理发", "Haircut"),
    ("上门护理", "Home nursing"), ("中医推拿", "Massage"), ("康复训练", "Rehabilitation"), ("血压测量", "Blood pressure check"),
    ("心理咨询", "Counselling"), ("保洁", "Cleaning"), ("空调维修", "Air conditioner repair"), ("家电清洗", "Appliance cleaning"),
    ("管道疏通", "Plumbing"), ("开锁", "Locksmith"), ("缝纫改衣", "Tailoring"), ("自行车修理", "Bicycle repair"), ("磨刀", "Knife sharpening"),
    ("法律咨询", "Legal advice"), ("代办证件", "Paperwork help"), ("快递代收", "Parcel pick-up"), ("宠物寄养", "Pet boarding"),
    ("临时托管", "Child care"), ("早教", "Early learning"), ("篮球训练", "Basketball training"), ("游泳", "Swimming"),
]  # fmt: skip
FORMS = [("入门班", "for beginners"), ("提高班", "advanced"), ("周末班", "weekend class"), ("体验课", "trial lesson"), ("上门服务", "at home"),
         ("长者专场", "for seniors"), ("亲子活动", "for families"), ("晚间课程", "evening course"), ("工作坊", "workshop"), ("套餐", "package")]  # fmt: skip
PLACES = ["柳园", "溪桥", "白河", "东湖", "西苑", "南山", "北辰", "清河", "望江", "金桥",
          "和平", "新村", "莲花", "桃源", "翠竹", "银杏", "梧桐", "春晓", "秋水", "明月"]  # fmt: skip
SENTENCES = [
    "小班教学，名额有限，请提前预约。", "由持证老师授课，零基础也能学会。", "本小区居民凭业主证享受优惠价。", "请穿舒适的衣服，现场提供垫子和茶水。",
    "地点在社区服务中心二楼多功能厅。", "收入的百分之三进入社区发展基金。", "六十岁以上老人免费参加，欢迎家属陪同。", "如遇下雨改在室内进行。",
    "请自备水杯和笔记本，结束后可以交流。", "服务前会电话确认时间，超时不另收费。", "周六下午和周日上午均有场次。", "材料费已包含在内，作品可以带走。",
]  # fmt: skip
ENGLISH = ["Small groups, please book ahead.", "Taught by a certified teacher.", "Residents pay less.", "Tea and mats are provided.",
           "Held on the second floor of the community centre.", "Free for people over sixty.", "All materials are included."]  # fmt: skip
ZONE = UTC


def make_documents(count: int, *, seed: int = 1, today: date | None = None) -> list[Document]:
    """`count` documents: nine in ten services, the others spaces and partners."""
    return list(documents(count, seed=seed, today=today))


def documents(count: int, *, seed: int = 1, today: date | None = None) -> Iterator[Document]:
    """The same one by one."""
    rng = random.Random(seed)
    day = today or datetime.now(ZONE).date()
    for number in range(count):
        yield _make(rng, number, day)


def _make(rng: random.Random, number: int, today: date) -> Document:
    place = rng.randrange(len(PLACES))
    service = rng.randrange(len(SERVICES))
    root = service % len(ROOTS)
    name, name_en = SERVICES[service]
    form, form_en = rng.choice(FORMS)
    kind = rng.choices(["service", "space", "partner"], [18, 1, 1])[0]
    partner = rng.randrange(400)
    days = tuple(sorted({today + timedelta(days=rng.randrange(28)) for _ in range(rng.randrange(5))}))
    price = (
        None
        if kind == "partner"
        else rng.choice([0, 800, 1500, 2500, 4000, 6000, 8000, 12000, 30000]) + rng.randrange(5) * 100
    )
    starts = datetime.combine(days[0], time(rng.randrange(8, 20)), ZONE) if days else None
    mixed = rng.randrange(100)
    return Document(
        kind=kind,
        id=str(uuid.UUID(int=(rng.getrandbits(64) << 64) | number)),
        title=f"{PLACES[partner % 20]}{name}{form}{mixed}期",
        title_en=f"{name_en} {form_en}" if rng.random() < 0.7 else None,
        about="".join(rng.sample(SENTENCES, rng.randrange(3, 7))),
        about_en=" ".join(rng.sample(ENGLISH, rng.randrange(0, 4))),
        community=Label(f"c{place}", PLACES[place], f"Community {place}"),
        community_path=("district", f"street{place % 4}", f"c{place}"),
        categories=(Label(f"root-{root}", ROOTS[root], f"Root {root}"), Label(f"leaf-{service}", name, name_en)),
        partner=Label(f"partner-{partner}", f"{PLACES[partner % 20]}{ROOTS[partner % 11]}工作室{partner}"),
        listing_kind="class",
        currency="CNY",
        price_minor=price,
        resident_price_minor=price * 4 // 5 if price and rng.random() < 0.5 else None,
        latitude=31.2 + (partner % 20) / 100,
        longitude=121.4 + (partner // 20) / 100,
        next_offer=NextOffer(uuid.UUID(int=number + 1), starts, rng.randrange(1, 20)) if starts else None,
        days=days,
        capacity=None if kind == "partner" else rng.randrange(1, 60),
        created_at=datetime.combine(today, time(0), ZONE),
        photo={
            "alt": name,
            "width": 1200,
            "height": 800,
            "variants": [{"url": f"/media/ab/{number:x}-480.webp", "width": 480, "height": 320, "format": "webp"}],
        },
    )


async def in_lots(documents: list[Document], size: int = 500) -> AsyncIterator[list[Document]]:
    for start in range(0, len(documents), size):
        yield documents[start : start + size]


class ListSource:
    """A DocumentSource over a list."""

    def __init__(self, documents: list[Document]) -> None:
        self._documents = {document.key: document for document in documents}

    async def documents(self, keys: list[Key]) -> list[Document]:
        return [self._documents[key] for key in keys if key in self._documents]

    def everything(self) -> AsyncIterator[list[Document]]:
        return in_lots(list(self._documents.values()))
