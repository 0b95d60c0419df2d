"""One day of a support team, lived through the API of a running server: `python -P tests/support_day.py`.

Customers write through four doors, agents claim, answer, wait, settle and correct, a receiver fails and recovers.
The desk's clock is moved through a Saturday; everything else is real: server, worker, database, model, HTTP. The
timeline is written to docs/support-day/timeline.md.
"""

import hashlib
import hmac
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import uvicorn
from standardwebhooks import Webhook

from nlp.tagger import Tagger
from service.app import create_app
from service.model_process import InProcessModel
from service.settings import Settings
from service.storage import begin, keys, open_engine

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "support-day" / "timeline.md"
TEHRAN = ZoneInfo("Asia/Tehran")
NIGHT = [
    ("n-1", "دیشب سفارش دادم هنوز نرسیده", "2"), ("n-2", "کیفیت پیتزا عالی بود، ممنون", "5"),
    ("n-3", "اپلیکیشن موقع پرداخت بسته می‌شود", "2"), ("n-4", "   ", "4"),
    ("n-5", "کاش سفارش زمان‌بندی‌شده هم داشتید", "4"), ("n-6", "پشتیبانی خیلی مؤدب بود", "5"),
    ("n-7", "پول از حسابم کم شد ولی سفارش ثبت نشد", "1"), ("n-8", "غذا سرد و بی‌مزه بود", "9"),
]  # fmt: skip
CHATTER = [
    "پیک نیم ساعت دیر رسید ولی خوش‌برخورد بود", "قیمت‌ها خیلی بالا رفته", "چرا کد تخفیف کار نمی‌کند؟",
    "ممنون از بسته‌بندی تمیز", "سفارشم ناقص رسید، سالاد نبود", "برنامه بعد از به‌روزرسانی کند شده",
    "کباب خشک بود", "لطفاً پرداخت با کیف پول را درست کنید", "عالی مثل همیشه", "آدرس را اشتباه برده بودند",
    "ساعت کاری شعبهٔ ونک چند است؟", "ظرف‌ها شکسته بود و خورش ریخته بود",
]  # fmt: skip


@dataclass(kw_only=True)
class Crm:
    """The shop's CRM, which hears of everything; `down` makes it fail."""

    secret: str = ""
    down: bool = False
    attempts: Counter[str] = field(default_factory=Counter)
    heard: dict[str, dict[str, Any]] = field(default_factory=dict)
    forged: int = 0

    def take(self, headers: dict[str, str], body: str) -> int:
        id_ = headers["webhook-id"]
        self.attempts[id_] += 1
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        self.forged += Webhook(self.secret).sign(id_, at, body) not in headers["webhook-signature"].split()
        if self.down:
            return 503
        self.heard[id_] = json.loads(body)
        return 204

    def count(self, type_: str) -> int:
        return sum(event["type"] == type_ for event in self.heard.values())


@dataclass(kw_only=True)
class Day:
    """The clock, the people with their keys, and what was written down."""

    now: datetime
    http: httpx.Client
    crm: Crm
    crm_url: str = ""
    hook_id: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def at(self, clock: str) -> None:
        """Move the clock on to this time of the day in Tehran, and let the worker see it."""
        hour, minute = map(int, clock.split(":"))
        moment = self.now.astimezone(TEHRAN).replace(hour=hour, minute=minute, second=0)
        assert moment >= self.now, clock
        self.now = moment.astimezone(UTC)
        time.sleep(0.35)

    def say(self, who: str, what: str) -> None:
        self.lines.append((f"{self.now.astimezone(TEHRAN):%H:%M}", who, what))

    def call(
        self, who: str, method: str, path: str, expect: int | None = None, **sent: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys[who]}"} | sent.pop("headers", {})
        answer = self.http.request(method, f"/v1{path}", headers=headers, **sent)
        wanted = {expect} if expect else {200, 201, 202, 204}
        assert answer.status_code in wanted, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def post(self, who: str, path: str, body: Any = None, **sent: Any) -> Any:
        answer = self.call(who, "POST", path, json=body if body is not None else {}, **sent)
        return answer.json() if answer.content else None

    def get(self, who: str, path: str, **sent: Any) -> Any:
        return self.call(who, "GET", path, **sent).json()

    def customer(self, name: str, text: str, **more: Any) -> dict[str, Any]:
        """A customer writes in the app; the receipt says what the desk made of it."""
        body = {"text": text, "channel": "app", "customer": {"external_id": name}, **more}
        receipt: dict[str, Any] = self.post("app", "/feedback", body)
        ticket = receipt["ticket"]
        where = "no ticket" if ticket is None else f"{ticket['queue']}, {ticket['priority']}"
        joined = ", joined" if ticket and ticket.get("joined") else ""
        self.say(name, f"«{text}» → {where}{joined}")
        return receipt

    def until(self, done: Callable[[], bool], what: str) -> None:
        patience = time.monotonic() + 120
        while not done():
            assert time.monotonic() < patience, what
            time.sleep(0.05)


def live(day: Day) -> None:
    """Live through the day."""
    _open_up(day)
    _night_reviews(day)
    poisoned = _poisoning(day)
    _delayed_order(day)
    _refund(day)
    _morning_rush(day)
    _correction(day)
    _lunch(day)
    _receiver_recovers(day)
    _missed_deadline(day)
    _promise(day)
    _follow_up(day, poisoned)
    _evening(day)


def _open_up(day: Day) -> None:
    for name, role, queues in (
        ("app", "sender", None), ("سارا", "agent", None), ("رضا", "agent", None),
        ("مینا", "agent", ["safety"]), ("مدیر محصول", "reader", None),
    ):  # fmt: skip
        day.keys[name] = day.post("سرپرست", "/keys", {"name": name, "role": role, "queues": queues})["key"]
    day.say("سرپرست", "keys for the app, three agents and a reader; مینا works in the safety queue only")
    hook = day.post("سرپرست", "/webhooks", {"url": day.crm_url, "events": []})
    day.crm.secret = hook["secret"]
    day.post("سرپرست", f"/webhooks/{hook['id']}/test")
    day.until(lambda: day.crm.count("webhook.test") == 1, "the test event")
    day.hook_id = hook["id"]
    day.say("CRM", "registered as a receiver; the test event came, its signature is right")


def _night_reviews(day: Day) -> None:
    day.at("08:10")
    rows = "\n".join(",".join(row) for row in [("شناسه", "متن نظر", "امتیاز"), *NIGHT])
    job = day.call("سارا", "POST", "/feedback/import", files={"file": ("night.csv", rows.encode())}).json()
    day.until(lambda: day.get("سارا", f"/imports/{job['id']}")["status"] == "done", "the import")
    done = day.get("سارا", f"/imports/{job['id']}")
    assert (done["created"], done["failed"]) == (6, 2)
    day.say(
        "سارا",
        f"imports the night's reviews: {done['created']} stored, {done['failed']} rows refused with reasons",
    )
    again = day.call("سارا", "POST", "/feedback/import", files={"file": ("night.csv", rows.encode())}).json()
    day.until(lambda: day.get("سارا", f"/imports/{again['id']}")["status"] == "done", "the second import")
    assert day.get("سارا", f"/imports/{again['id']}")["unchanged"] == 6
    day.say("سارا", "imports the same file again by mistake: nothing is stored twice")


def _poisoning(day: Day) -> dict[str, Any]:
    day.at("09:05")
    receipt = day.customer("c-201", "بعد از خوردن غذای شعبهٔ ونک مسموم شدیم و بچه‌ام در بیمارستان بستری است")
    assert receipt["ticket"]["priority"] == "urgent"
    day.say("desk", f"why: {receipt['ticket']['reason']}")
    day.at("09:08")
    claimed = day.post("مینا", "/queues/safety/claim")
    assert claimed["id"] == receipt["ticket"]["id"]
    day.post(
        "مینا",
        f"/tickets/{claimed['id']}/reply",
        {"body": "از صمیم قلب پوزش می‌خواهیم. همین حالا با شما تماس می‌گیریم."},
    )
    day.say("مینا", "claims it from the safety queue and answers after three minutes")
    day.call("مینا", "POST", "/queues/delivery/claim", expect=403)
    day.say("مینا", "may not claim from a queue she is not a member of (403)")
    return claimed


def _delayed_order(day: Day) -> None:
    day.at("09:20")
    first = day.customer("c-310", "سفارشم یک ساعت است نرسیده")
    day.at("09:50")
    second = day.customer("c-310", "هنوز نرسیده! هیچ‌کس جواب نمی‌دهد")
    day.at("10:10")
    third = day.customer("c-310", "اگر تا ظهر نرسد از تعزیرات شکایت می‌کنم")
    assert first["ticket"]["id"] == second["ticket"]["id"] == third["ticket"]["id"]
    ticket = day.get("رضا", f"/tickets/{first['ticket']['id']}")
    day.say(
        "desk",
        f"three messages, one ticket; it is now {ticket['priority']} and counts {ticket['contacts']} contacts",
    )
    stale = {"If-Match": '"1"'}
    refused = day.call(
        "رضا", "POST", f"/tickets/{ticket['id']}/note", expect=409, json={"body": "زنگ زدم"}, headers=stale
    )
    day.say(
        "رضا",
        f"writes a note on the version he had seen before: 409, the ticket is at version {refused.json()['version']}",
    )
    day.post("رضا", f"/tickets/{ticket['id']}/assign", {"assignee": "رضا"})
    day.post(
        "رضا",
        f"/tickets/{ticket['id']}/reply",
        {"body": "پوزش می‌خواهیم؛ پیک تا بیست دقیقهٔ دیگر می‌رسد و هزینهٔ ارسال برگشت داده شد."},
    )
    day.post("رضا", f"/tickets/{ticket['id']}/resolve", {"reason": "تحویل شد"})
    day.say("رضا", "takes it, answers, and resolves it")


def _refund(day: Day) -> None:
    day.at("10:20")
    receipt = day.customer("c-420", "کالای شکسته فرستادید، پانصد هزار تومان پولم را پس بدهید")
    path = f"/tickets/{receipt['ticket']['id']}"
    day.post("سارا", f"{path}/assign", {"assignee": "سارا"})
    day.post("سارا", f"{path}/pend", {"reason": "عکس کالا را خواستیم"})
    day.say("سارا", "asks for a photograph: the clocks stand still")
    day.at("11:05")
    back = day.customer("c-420", "عکس را فرستادم، لطفاً رسیدگی کنید")
    assert back["ticket"]["id"] == receipt["ticket"]["id"]
    state = (day.get("سارا", path)["compensation"] or {}).get("state")
    for step in ("requested", "offered", "paid")[0 if state is None else 1 :]:
        day.post("سارا", f"{path}/compensation", {"state": step, "amount": 5_000_000})
    wrong = day.call("سارا", "POST", f"{path}/compensation", expect=409, json={"state": "refused"}).json()
    day.say(
        "سارا",
        f"compensation requested → offered → paid, ۵۰۰٬۰۰۰ تومان; refusing it then is refused ({wrong['code']})",
    )
    day.post("سارا", f"{path}/reply", {"body": "مبلغ به حسابتان برگشت داده شد. از صبوری شما سپاسگزاریم."})
    day.post("سارا", f"{path}/resolve", {"reason": "وجه برگشت"})


def _morning_rush(day: Day) -> None:
    day.at("11:10")
    day.crm.down = True
    day.say("CRM", "goes down (503 for everything)")
    items = [{"text": text, "external_id": f"rush-{n}", "channel": "site"} for n, text in enumerate(CHATTER)]
    once = {"Idempotency-Key": "rush-1110"}
    batch = day.post("app", "/feedback/batch", {"items": [*items, {"text": ""}]}, headers=once)
    assert (batch["succeeded"], batch["failed"]) == (len(CHATTER), 1)
    assert day.post("app", "/feedback/batch", {"items": [*items, {"text": ""}]}, headers=once) == batch
    day.say(
        "app",
        f"sends a batch of {len(items) + 1}, one empty: {batch['succeeded']} stored; sent again by a retry, the same answer and nothing new",
    )
    door = day.post(
        "سرپرست", "/inbound", {"kind": "chatwoot", "name": "چت", "channel": "chatwoot", "secret": "cw-secret"}
    )
    message = {"event": "message_created", "id": 7, "content": "کسی جواب من را نمی‌دهد؟", "message_type": "incoming",
               "account": {"id": 1}, "sender": {"id": 5, "name": "لیلا"}, "conversation": {"id": 9}}  # fmt: skip
    body = json.dumps(message, ensure_ascii=False).encode()
    stamp = str(int(day.now.timestamp()))
    digest = hmac.new(b"cw-secret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Chatwoot-Timestamp": stamp, "X-Chatwoot-Signature": f"sha256={digest}"}
    pushed = day.http.post(f"/v1/inbound/{door['id']}", content=body, headers=headers)
    assert pushed.status_code == 201, pushed.text
    assert day.http.post(f"/v1/inbound/{door['id']}", content=body + b" ", headers=headers).status_code == 401
    day.say("Chatwoot", "pushes a customer's message, signed; a tampered copy is refused (401)")
    _work_off(day, "11:30")


def _work_off(day: Day, clock: str) -> None:
    day.at(clock)
    done: Counter[str] = Counter()
    for queue in (each["id"] for each in day.get("سارا", "/queues")["items"] if each["unassigned"]):
        for agent in cycle(("سارا", "رضا")):
            answer = day.call(agent, "POST", f"/queues/{queue}/claim")
            if answer.status_code == 204:
                break
            path = f"/tickets/{answer.json()['id']}"
            day.post(agent, f"{path}/reply", {"body": "سپاس از پیام شما؛ پیگیری کردیم و انجام شد."})
            day.post(agent, f"{path}/resolve", {"reason": "پاسخ داده شد"})
            done[agent] += 1
    told = " and ".join(f"{agent} {count}" for agent, count in done.items())
    day.say("agents", f"work the queues off, most pressing first: {told}")


def _correction(day: Day) -> None:
    day.at("12:10")
    text = "نوشابه‌اش گازدار نبود که"
    first = day.customer("c-510", text)
    wanted = {"category": "complaint", "sentiment": "negative", "topics": {"product_quality": "negative"}}
    day.post("رضا", f"/feedback/{first['id']}/corrections", wanted)
    second = day.customer("c-511", text + "!")
    assert second["tags"]["category"]["label"] == "complaint"
    assert [topic["id"] for topic in second["tags"]["topics"]] == ["product_quality"]
    day.say("رضا", "corrects the tags; the next customer who writes the same is tagged that way at once")


def _lunch(day: Day) -> None:
    day.at("12:30")
    receipt = day.customer("c-520", "سفارش من را به آدرس قبلی فرستادند، لطفاً درستش کنید")
    queue = receipt["ticket"]["queue"]
    claimed = day.post("سارا", f"/queues/{queue}/claim")
    day.say("سارا", "claims the next ticket and goes to lunch")
    day.at("13:05")
    path = f"/tickets/{claimed['id']}"
    day.until(lambda: day.get("رضا", path)["assignee"] is None, "the lapsed claim")
    day.say("worker", "the claim has lapsed, the ticket is back in its queue")
    again = day.post("رضا", f"/queues/{queue}/claim")
    assert again["id"] == claimed["id"]
    day.post("رضا", f"{path}/reply", {"body": "پوزش می‌خواهیم، نشانی درست شد و پیک در راه است."})
    day.say("رضا", "claims it and answers")


def _receiver_recovers(day: Day) -> None:
    day.at("13:20")
    waiting = [id_ for id_ in day.crm.attempts if id_ not in day.crm.heard]
    assert waiting
    day.crm.down = False
    day.say("CRM", f"is up again; {len(waiting)} events had been tried in vain")
    for clock in ("13:30", "14:10", "14:50"):
        day.at(clock)
    log = day.get(
        "سرپرست", f"/webhooks/{day.hook_id}/deliveries", params={"status": "delivered", "limit": 200}
    )
    tried = [each for each in log["items"] if len(each["attempts"]) > 1]
    # what failed four times waits for two hours; the evening sees to it that nothing is left
    day.until(lambda: not set(waiting).isdisjoint(day.crm.heard), "the retries")
    day.say(
        "worker",
        f"delivers them on their next tries, each under its first webhook-id ({len(tried)} in the log with more than one attempt so far)",
    )


def _promise(day: Day) -> None:
    day.at("16:10")
    receipt = day.customer("c-610", "کیف پولم شارژ نشده، دو بار پول دادم")
    path = f"/tickets/{receipt['ticket']['id']}"
    answered = day.post("سارا", f"{path}/reply", {"body": "پوزش می‌خواهیم. تا امروز ساعت ۱۸ خبر می‌دهیم."})
    assert answered["promises"], "a promise in the reply"
    due = answered["promises"][0]["due_at_jalali"]
    day.say("سارا", f"promises news by {due}; the desk keeps the promise on record")
    warned = day.crm.count("sla.warning")
    day.at("16:20")
    day.until(lambda: day.crm.count("sla.warning") > warned, "the reminder")
    day.say("worker", "calls the promise to mind (sla.warning)")
    day.at("16:40")
    day.post("سارا", f"{path}/promises/{answered['promises'][0]['id']}/fulfil")
    day.post("سارا", f"{path}/reply", {"body": "مبلغ دوم به کیف پول شما برگشت. ممنون که خبر دادید."})
    day.post("سارا", f"{path}/resolve", {"reason": "برگشت وجه"})
    day.say("سارا", "keeps it: the customer has the answer, the promise is closed as kept")


def _missed_deadline(day: Day) -> None:
    day.at("14:55")
    receipt = day.customer(
        "c-710", "سفارشم اشتباه رسید و کسی پاسخ نمی‌دهد؛ سومین بار است که پیام می‌دهم، وکیلم شکایت می‌کند"
    )
    breached = day.crm.count("sla.breached")
    day.at("16:05")
    day.until(lambda: day.crm.count("sla.breached") > breached, "the breach")
    ticket = day.get("رضا", f"/tickets/{receipt['ticket']['id']}")
    day.say("worker", f"the first answer is late (sla.breached); the ticket is {ticket['sla']['state']}")
    day.post(
        "رضا",
        f"/tickets/{ticket['id']}/reply",
        {"body": "از تأخیر در پاسخ پوزش می‌خواهیم؛ سفارش درست همین حالا فرستاده شد."},
    )
    late = day.get("رضا", f"/tickets/{ticket['id']}")["sla"]
    first = next(target for target in late["targets"] if target["name"] == "first_response")
    assert first["missed"]
    day.say("رضا", "answers; the first answer stays a miss, the resolution still runs")


def _follow_up(day: Day, ticket: dict[str, Any]) -> None:
    day.at("18:20")
    day.post(
        "مینا", f"/tickets/{ticket['id']}/resolve", {"reason": "بازرس به شعبه رفت، هزینهٔ درمان پرداخت شد"}
    )
    day.customer("c-201", "بچه‌ام بهتر است، ممنون از پیگیری‌تان")
    day.customer("c-830", "لطفاً نظرم و شماره‌ام ۰۹۱۲۱۲۳۴۵۶۷ را پاک کنید")
    private = day.get("سارا", "/feedback", params={"customer": "c-830"})["items"][0]
    masked = day.get("مدیر محصول", f"/feedback/{private['id']}")["text"]
    assert "۰۹۱۲" in private["text"]
    assert "۰۹۱۲" not in masked
    day.say("مدیر محصول", f"a reader sees «{masked}»")
    day.call("سرپرست", "DELETE", f"/feedback/{private['id']}")
    assert day.get("سارا", "/feedback", params={"customer": "c-830"})["items"] == []
    day.say("سرپرست", "erases it on the customer's request: text, spans, search and payloads are gone")


def _evening(day: Day) -> None:
    _work_off(day, "18:40")
    day.at("19:00")
    quality = day.call("سرپرست", "GET", "/quality")
    assert quality.status_code == 200
    export = day.call("مدیر محصول", "GET", "/exports/tickets", params={"format": "jsonl"})
    tickets = [json.loads(line) for line in export.text.splitlines()]
    states = Counter(ticket["status"] for ticket in tickets)
    clocks = Counter(ticket["sla"]["state"] for ticket in tickets)
    day.say(
        "مدیر محصول", f"takes the tickets home: {len(tickets)}, {_told(states)}; deadlines {_told(clocks)}"
    )
    day.at("19:10")
    log = day.get("سرپرست", f"/webhooks/{day.hook_id}/deliveries", params={"limit": 200})["items"]
    day.until(
        lambda: (
            not day.get("سرپرست", f"/webhooks/{day.hook_id}/deliveries", params={"status": "pending"})[
                "items"
            ]
        ),
        "the last deliveries",
    )
    assert day.crm.forged == 0
    assert len(log) > 100
    kinds = Counter(event["type"] for event in day.crm.heard.values())
    retried = sum(count > 1 for count in day.crm.attempts.values())
    day.say(
        "CRM",
        f"heard {len(day.crm.heard)} events, each once by its id, every signature right; {retried} needed more than one try",
    )
    day.say("CRM", _told(kinds))


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


@contextmanager
def begun(folder: Path, tagger: Tagger | None = None) -> Iterator[Day]:
    """Yield a day on a fresh desk that really listens, with its CRM; both stop with the block."""
    settings = Settings(
        database_url=f"sqlite:///{folder / 'day.db'}",
        models=ROOT / "models",
        allow_private_targets=True,
        lease_seconds=10,
        rules=None,
    )
    day = Day(now=datetime(2026, 11, 28, 8, 0, tzinfo=TEHRAN).astimezone(UTC), http=httpx.Client(), crm=Crm())
    with _listening(day.crm) as day.crm_url:
        app = create_app(
            settings, taggers=[InProcessModel(tagger or Tagger.load(settings.models))], now=lambda: day.now
        )
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
        thread = Thread(target=server.run)
        thread.start()
        try:
            day.until(lambda: server.started, "the server")
            port = server.servers[0].sockets[0].getsockname()[1]
            day.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
            engine = open_engine(settings.database_url)
            with begin(engine) as conn:
                day.keys["سرپرست"] = keys.create(conn, day.now, "سرپرست", "admin").secret.shown
            engine.dispose()
            yield day
        finally:
            day.http.close()
            server.should_exit = True
            thread.join()


@contextmanager
def _listening(crm: Crm) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(crm.take(headers, body))
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def render(day: Day) -> str:
    """Return the timeline as a page."""
    rows = [f"| {clock} | {who} | {what} |" for clock, who, what in day.lines]
    head = (__doc__ or "").split("\n\n", 1)[0]
    return "\n".join(
        [
            "# A support day",
            "",
            f"{head.rstrip('.')}. Saturday 7 Azar 1405 (2026-11-28), Tehran time; run it yourself and this page is written anew.",
            "",
            "| time | who | what |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    with TemporaryDirectory() as made, begun(Path(made)) as today:
        live(today)
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(render(today), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
