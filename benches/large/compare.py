"""Asks chdb and DuckDB what `benches/large` asked of Parallax, of the same rows, and compares the answers.

    compare.py MILLIONS

reads target/bench-data/events-MILLIONSm.csv and the answers beside it. Two layouts of each store:
raw (the rows by time) and equal (what Parallax keeps: rows by person and time; a row per day, person and country).
One process per store; the first call of a question is cold, the period of each call is another.
"""

import json, os, subprocess, sys, time

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../target/bench-data")
START = 1767571200000  # 2026-01-05T00:00:00Z in milliseconds
DAY = 86_400_000
SHIFT = 77 * 60_000
CALLS = 8
COLUMNS = "person,at,seq,name,country,device,browser,source,path,item,price,plan,session"
STEPS = ["view_item", "add_to_cart", "begin_checkout", "purchase"]


def period(days, call):
    return START + days[0] * DAY + call * SHIFT, START + days[1] * DAY + call * SHIFT


def midnight(ms):
    return ms // DAY * DAY


class Store:
    def rows(self, sql):
        raise NotImplementedError

    # Each question: SQL per layout, and how its rows become what Parallax answered.
    def active(self, layout, call, de):
        begin, end = period((28, 88), call)
        first = (midnight(begin) - 27 * DAY) // DAY
        # Presence of a day counts only inside the range: edges from rows in both layouts.
        source = self.days(layout, first * DAY, end, de)
        rows = self.rows(f"select d, count(distinct person) from ({source}) q group by d order by d")
        daily = {int(d): int(n) for d, n in rows}
        monthly = self.rows(
            f"select t.d, count(distinct q.person) from (select distinct d from ({source}) z where d >= {begin // DAY}) t, "
            f"({source}) q where q.d > t.d - 28 and q.d <= t.d group by t.d order by t.d")
        days = range(begin // DAY, (end - 1) // DAY + 1)
        return {"daily": [daily.get(d, 0) for d in days], "monthly": [int(n) for _, n in monthly]}

    def retention(self, layout, call, de):
        begin, end = period((0, 84), call)
        week = 7 * DAY
        monday = START  # a Monday
        source = self.days(layout, begin, None, de)
        # Starts inside the range; returns up to now.
        starts = f"select distinct person, intDiv(at - {monday}, {week}) w from ({self.events(layout, begin, end, de)}) s"
        starts = starts.replace("intDiv(", self.div[0]).replace(f", {week})", f"{self.div[1]} {week})")
        back = f"select distinct person, {self.week('at', monday)} w from ({self.events(layout, begin, None, de)}) b"
        starts = f"select distinct person, {self.week('at', monday)} w from ({self.events(layout, begin, end, de)}) s"
        rows = self.rows(f"select s.w, b.w - s.w, count(*) from ({starts}) s join ({back}) b using (person) "
                         f"where b.w >= s.w and b.w - s.w < 12 group by 1, 2")
        cells = {(int(a), int(b)): int(n) for a, b, n in rows}
        first, last = (begin - monday) // week, (end - 1 - monday) // week
        return [[cells.get((w, c), 0) for c in range(12)] for w in range(first, last + 1)]

    def stickiness(self, layout, call, de):
        begin, end = period((60, 88), call)
        source = self.days(layout, begin, end, de)
        rows = self.rows(f"select n, count(*) from (select person, count(distinct d) n from ({source}) q group by person) z group by n")
        counts = {int(n): int(p) for n, p in rows}
        units = (end - 1) // DAY - begin // DAY + 1
        return [counts.get(x, 0) for x in range(1, units + 1)]

    def trend(self, layout, call):
        begin, end = period((0, 88), call)
        rows = self.rows(f"select country, {self.day('at')} d, count(*) from {self.table(layout)} "
                         f"where name = 'view_item' and at >= {begin} and at < {end} group by 1, 2")
        return sorted([str(c), int(d), int(n)] for c, d, n in rows)

    def paths(self, layout, call):
        begin, end = period((2, 87), call)
        return self.transitions(layout, begin, end)

    def days(self, layout, begin, end, de):
        upper = "" if end is None else f" and at < {end}"
        where = f"at >= {begin}{upper}" + (" and country = 'DE'" if de else "")
        if layout == "raw":
            return f"select distinct {self.day('at')} d, person from events where {where}"
        first, last = -(-begin // DAY), (1 << 40) if end is None else end // DAY
        country = " and country = 'DE'" if de else ""
        return (f"select distinct d, person from presence where d >= {first} and d < {last}{country} union all "
                f"select distinct {self.day('at')} d, person from sorted where {where} and not (at >= {first * DAY} and at < {last * DAY})")

    def events(self, layout, begin, end, de):
        upper = "" if end is None else f" and at < {end}"
        where = f"at >= {begin}{upper}" + (" and country = 'DE'" if de else "")
        if layout == "raw":
            return f"select person, at from events where {where}"
        first, last = -(-begin // DAY), (1 << 40) if end is None else end // DAY
        country = " and country = 'DE'" if de else ""
        return (f"select person, d * {DAY} at from presence where d >= {first} and d < {last}{country} union all "
                f"select person, at from sorted where {where} and not (at >= {first * DAY} and at < {last * DAY})")

    def table(self, layout):
        return "events" if layout == "raw" else "sorted"


class Duck(Store):
    name = "DuckDB"
    div = ("(", " //")

    def __init__(self, millions):
        import duckdb
        path = os.path.join(FOLDER, f"duck-{millions}m.db")
        new = not os.path.exists(path)
        self.db = duckdb.connect(path)
        self.db.execute("set threads = 2")
        if new:
            csv = os.path.join(FOLDER, f"events-{millions}m.csv")
            names = ", ".join(f"'{c}': '{t}'" for c, t in zip(COLUMNS.split(","), "INTEGER BIGINT BIGINT VARCHAR VARCHAR VARCHAR VARCHAR VARCHAR VARCHAR VARCHAR DOUBLE VARCHAR BIGINT".split()))
            self.db.execute(f"create table events as select * from read_csv('{csv}', header=false, columns={{{names}}}) order by at, seq")
            self.db.execute("create table sorted as select * from events order by person, at, seq")
            self.db.execute(f"create table presence as select distinct at // {DAY} d, person, country from events order by d, person")
            self.db.execute("checkpoint")

    def rows(self, sql):
        return self.db.execute(sql).fetchall()

    def day(self, at):
        return f"({at} // {DAY})"

    def week(self, at, monday):
        return f"(({at} - {monday}) // {7 * DAY})"

    def lifecycle(self, layout, call, de):
        return life(self, layout, call, de)

    def funnel(self, layout, call, held):
        # No funnel aggregate: earliest later step by nested windows (steps in order, window from the first).
        begin, end = period((0, 83), call)
        w = 7 * DAY
        key = ", item" if held else ""
        # First entry of each person; then the earliest later event of each step.
        cond = " and plan = 'pro'" if held else ""
        last = " and price >= 50" if held else ""
        join_item = " and e.item = p.item" if held else ""
        item = ", item" if held else ""
        pitem = ", p.item" if held else ""
        table = self.table(layout)
        sql = f"""
        with p1 as (select person, at t0, seq s, country{item} from (
            select *, row_number() over (partition by person order by at, seq) r from {table}
            where name = 'view_item' and at >= {begin} and at < {end}{cond}) where r = 1)"""
        before = "p1"
        for number, step in enumerate(STEPS[1:], 2):
            extra = last if number == 4 else ""
            sql += f""", p{number} as (select person, t0, s, country{item} from (
              select p.person, p.t0, e.seq s, e.at a, p.country{pitem}, row_number() over (partition by p.person order by e.at, e.seq) r
              from {before} p join {table} e on e.person = p.person and e.name = '{step}'{extra} and e.at <= p.t0 + {w}
                and e.at >= p.t0 and (e.at, e.seq) > ({'p.t0, p.s' if number == 2 else 'p.a, p.s'}){join_item}) where r = 1)"""
            sql = sql.replace(f"p{number} as (select person, t0, s, country{item} from", f"p{number} as (select person, t0, a, s, country{item} from")
            before = f"p{number}"
        group = "" if held else ", country"
        rows = []
        for number in range(1, 5):
            rows.append(self.rows(sql + f" select count(*){group} from p{number}" + ("" if held else " group by country")))
        return funnel_rows(rows, held)

    def transitions(self, layout, begin, end):
        return None

    def attribution(self, layout, call):
        return None


class Ch(Store):
    name = "chdb"
    div = ("intDiv(", ",")

    def __init__(self, millions):
        from chdb import session
        path = os.path.join(FOLDER, f"ch-{millions}m")
        new = not os.path.exists(path)
        self.db = session.Session(path)
        self.db.query("create database if not exists b engine = Atomic")
        self.db.query("set max_threads = 2")
        if new:
            csv = os.path.join(FOLDER, f"events-{millions}m.csv")
            types = "Int32 Int64 Int64 LowCardinality(String) LowCardinality(String) LowCardinality(String) LowCardinality(String) LowCardinality(String) LowCardinality(String) LowCardinality(String) Nullable(Float64) LowCardinality(String) Int64".split()
            columns = ", ".join(f"{c} {t}" for c, t in zip(COLUMNS.split(","), types))
            self.db.query(f"create table b.events ({columns}) engine = MergeTree order by at")
            self.db.query(f"insert into b.events select * from file('{csv}', 'CSV', '{columns}')")
            self.db.query(f"create table b.sorted ({columns}) engine = MergeTree order by (person, at, seq)")
            self.db.query("insert into b.sorted select * from b.events")
            self.db.query("create table b.presence (d Int64, person Int32, country LowCardinality(String)) engine = MergeTree order by (d, person)")
            self.db.query(f"insert into b.presence select distinct intDiv(at, {DAY}), person, country from b.events")
            self.db.query("create table b.bits (d Int64, country LowCardinality(String), bm AggregateFunction(groupBitmap, UInt32)) engine = AggregatingMergeTree order by (d, country)")
            self.db.query("insert into b.bits select d, country, groupBitmapState(toUInt32(person)) from b.presence group by d, country")
            for table in ("events", "sorted", "presence", "bits"):
                self.db.query(f"optimize table b.{table} final")

    def rows(self, sql):
        for table in ("events", "sorted", "presence", "bits"):
            sql = sql.replace(f" {table} ", f" b.{table} ").replace(f" {table})", f" b.{table})")
        text = str(self.db.query(sql, "JSONCompactEachRow"))
        return [json.loads(line) for line in text.splitlines() if line]

    def day(self, at):
        return f"intDiv({at}, {DAY})"

    def week(self, at, monday):
        return f"intDiv({at} - {monday}, {7 * DAY})"

    def active(self, layout, call, de):
        if layout == "raw":
            begin, end = period((28, 88), call)
            first = (midnight(begin) - 27 * DAY) // DAY
            source = self.days("raw", first * DAY, end, de)
            rows = self.rows(f"select d, uniqExact(person) from ({source}) group by d order by d")
            daily = {int(d): int(n) for d, n in rows}
            # Every day of a person counts for 28 days.
            rows = self.rows(f"select e, uniqExact(person) from (select person, arrayJoin(range(d, d + 28)) e from ({source})) "
                             f"where e >= {begin // DAY} and e <= {(end - 1) // DAY} group by e order by e")
            days = range(begin // DAY, (end - 1) // DAY + 1)
            return {"daily": [daily.get(d, 0) for d in days], "monthly": [int(n) for _, n in rows]}
        begin, end = period((28, 88), call)
        first, last = midnight(begin) // DAY - 27, end // DAY
        country = " and country = 'DE'" if de else ""
        edge = f"at >= {last * DAY} and at < {end}" + country
        states = (f"select d, groupBitmapMergeState(bm) bm from bits where d >= {first} and d < {last}{country} group by d union all "
                  f"select intDiv(at, {DAY}) d, groupBitmapState(toUInt32(person)) bm from sorted where {edge} group by d")
        rows = self.rows(f"select d, groupBitmapMerge(bm), 0 from ({states}) group by d order by d")
        daily = {int(d): int(n) for d, n, _ in rows}
        rows = self.rows(f"select e, groupBitmapMerge(bm) from (select bm, arrayJoin(range(d, d + 28)) e from ({states})) "
                         f"where e >= {begin // DAY} and e <= {(end - 1) // DAY} group by e order by e")
        days = range(begin // DAY, (end - 1) // DAY + 1)
        return {"daily": [daily.get(d, 0) for d in days], "monthly": [int(n) for _, n in rows]}

    def lifecycle(self, layout, call, de):
        return life(self, layout, call, de)

    def funnel(self, layout, call, held):
        if held:
            return None  # windowFunnel has no held property
        begin, end = period((0, 83), call)
        w = 7 * DAY
        conditions = ", ".join(f"name = '{s}'" + (f" and at < {end}" if n == 0 else "") for n, s in enumerate(STEPS))
        # windowFunnel takes the furthest attempt; Parallax's default the first: asked with re-entry for equality it would differ,
        # so the first entry is cut out by hand.
        sql = f"""select country, countIf(l >= 1), countIf(l >= 2), countIf(l >= 3), countIf(l >= 4) from (
            select person, argMinIf(country, (at, seq), name = 'view_item' and at < {end}) country, minIf((at, seq), name = 'view_item' and at < {end}) entry,
              arraySort(groupArrayIf((at, seq, name), name in ({','.join("'" + s + "'" for s in STEPS)}))) e,
              arrayFirst(x -> x.3 = 'add_to_cart' and (x.1, x.2) > entry and x.1 <= entry.1 + {w}, e) a,
              arrayFirst(x -> x.3 = 'begin_checkout' and a.1 > 0 and (x.1, x.2) > (a.1, a.2) and x.1 <= entry.1 + {w}, e) b,
              arrayFirst(x -> x.3 = 'purchase' and b.1 > 0 and (x.1, x.2) > (b.1, b.2) and x.1 <= entry.1 + {w}, e) c,
              (entry.1 > 0) + (a.1 > 0) + (b.1 > 0) + (c.1 > 0) l
            from {self.table(layout)} where at >= {begin} and at < {end + w} and name in ({','.join("'" + s + "'" for s in STEPS)}) group by person
            having entry.1 > 0) group by country"""
        rows = self.rows(sql)
        self.quick = lambda: self.rows(f"""select country, countIf(l >= 1), countIf(l >= 2), countIf(l >= 3), countIf(l >= 4) from (
            select person, any(country) country, windowFunnel({w})(toUInt64(at), {conditions}) l from {self.table(layout)}
            where at >= {begin} and at < {end + w} and name in ({','.join("'" + s + "'" for s in STEPS)}) group by person) group by country""")
        return sorted([c, [int(n) for n in counts]] for c, *counts in rows)

    def transitions(self, layout, begin, end):
        return None

    def attribution(self, layout, call):
        return None


def life(store, layout, call, de):
    begin, end = period((7, 84), call)
    week = 7 * DAY
    source = f"select distinct person, {store.week('at', START)} w from ({store.events(layout, 0, end, de)}) q"
    rows = store.rows(f"select person, w from ({source}) z order by person, w")
    first, last = (begin - START) // week, (end - 1 - START) // week
    # Active weeks inside the range count from `begin` on; the week before the first as a whole.
    inside = {(int(p), int(w)) for p, w in store.rows(
        f"select distinct person, {store.week('at', START)} w from ({store.events(layout, begin, end, de)}) q")}
    people = {}
    for p, w in rows:
        people.setdefault(int(p), []).append(int(w))
    new, returning, resurrecting, dormant = ([0] * (last - first + 1) for _ in range(4))
    for p, weeks in people.items():
        known, before = False, None
        active = []
        for w in weeks:
            if w > first or (w == first and (p, w) in inside):
                active.append(w)
            elif w == first - 1:
                before = w
        earlier = any(w < first for w in weeks) or (first in weeks and (p, first) not in inside)
        previous = before
        known = earlier
        for w in active:
            place = w - first
            if previous == w - 1:
                returning[place] += 1
            elif known:
                resurrecting[place] += 1
            else:
                new[place] += 1
            if previous is not None and previous != w - 1 and previous + 1 - first >= 0:
                dormant[previous + 1 - first] += 1
            previous, known = w, True
        if previous is not None and previous + 1 <= last and previous + 1 >= first:
            dormant[previous + 1 - first] += 1
    return {"new": new, "returning": returning, "resurrecting": resurrecting, "dormant": dormant}


def funnel_rows(rows, held):
    if held:
        return [int(r[0][0]) for r in rows]
    counts = {}
    for place, step in enumerate(rows):
        for n, country in step:
            counts.setdefault(country, [0] * 4)[place] = int(n)
    return sorted([c, n] for c, n in counts.items())


def ours(question, answer):
    if question.startswith("active"):
        return {"daily": answer["daily"], "monthly": answer["monthly"]}
    if question.startswith("retention"):
        return [row["values"] for row in answer["cohorts"]]
    if question.startswith("stickiness"):
        return [row["people"] for row in answer["days"]]
    if question.startswith("lifecycle"):
        return {k: answer[k] for k in ("new", "returning", "resurrecting", "dormant")}
    if question == "funnel":
        return sorted([row["value"], row["counts"]] for row in answer["breakdown"])
    if question == "funnel-held":
        return [step["count"] for step in answer["steps"]]
    if question == "trend":
        import datetime
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        days = [(datetime.datetime.fromisoformat(b.replace("Z", "+00:00")) - epoch).days for b in answer["buckets"]]
        return sorted([s["value"], d, int(v)] for s in answer["series"] for d, v in zip(days, s["values"]) if v)
    return None


def ask(store, question, layout, call):
    name, _, de = question.partition("-de")
    de = question.endswith("-de")
    if name in ("active", "retention", "stickiness", "lifecycle"):
        return getattr(store, name)(layout, call, de)
    if question == "funnel":
        return store.funnel(layout, call, False)
    if question == "funnel-held":
        return store.funnel(layout, call, True)
    return getattr(store, name)(layout, call)


def child(engine, millions, layout, question):
    store = (Duck if engine == "duck" else Ch)(millions)
    for call in range(CALLS if question[:6] != "funnel" or engine == "ch" else 2):
        since = time.perf_counter()
        before = time.process_time()
        answer = ask(store, question, layout, call)
        ms = (time.perf_counter() - since) * 1000
        print(json.dumps({"call": call, "ms": ms, "cpu": (time.process_time() - before) * 1000, "answer": answer}), flush=True)


def main(millions):
    known = {}
    path = os.path.join(FOLDER, f"events-{millions}m.answers.jsonl")
    for line in open(path):
        told = json.loads(line)
        known[(told["question"], told["call"])] = told
    print("| question | Parallax ms cold / warm | store, layout | ms cold / warm (cpu) | equal |\n|---|---|---|---|---|")
    wanted = os.environ.get("PARALLAX_BENCH_QUESTIONS")
    for question in ["active", "active-de", "retention", "retention-de", "stickiness", "stickiness-de", "lifecycle", "lifecycle-de", "funnel", "funnel-held", "trend"]:
        if (question, 0) not in known or (wanted and question not in wanted.split(",")):
            continue
        own = [known[(question, c)]["ms"] for c in range(CALLS)]
        for engine in ("duck", "ch"):
            for layout in ("raw", "equal"):
                run = subprocess.run([sys.executable, __file__, "--child", engine, str(millions), layout, question], capture_output=True, text=True, timeout=600)
                lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
                if not lines or lines[0]["answer"] is None:
                    print(f"| {question} | {own[0]:.1f} / {sorted(own[1:])[len(own) // 2]:.1f} | {engine} {layout} | {'no form' if lines else run.stderr[-200:]} | – |", flush=True)
                    continue
                equal = all(l["answer"] == ours(question, known[(question, l["call"])]["answer"]) for l in lines)
                warm = sorted(l["ms"] for l in lines[1:]) or [float("nan")]
                cpu = sorted(l["cpu"] for l in lines)
                print(f"| {question} | {own[0]:.1f} / {sorted(own[1:])[len(own) // 2]:.1f} | {engine} {layout} | {lines[0]['ms']:.0f} / {warm[len(warm) // 2]:.0f} ({cpu[len(cpu) // 2]:.0f}) | {'yes' if equal else 'NO'} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5])
    else:
        main(int(sys.argv[1]))
