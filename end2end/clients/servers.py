"""A shop's server with the clients of other products, as their makers publish them.

    servers.py ADDRESS KEY WORD

Each client sends one event whose name holds its own name and WORD, and says something of the person and of a company.
"""

import sys
import time

import requests
import segment.analytics as segment
from mixpanel import Consumer, Mixpanel
from posthog import Posthog

address, key, word = sys.argv[1:]


def posthog():
    client = Posthog(key, host=address, sync_mode=True, disable_geoip=True)
    client.capture(f"posthog python {word}", distinct_id="anna", properties={"amount": 149.99, "currency": "USD"}, groups={"company": "acme"})
    client.set(distinct_id="anna", properties={"plan": f"pro {word}"})
    client.group_identify("company", "acme", {"seats": 5})
    client.alias("anna-before", "anna")
    assert client.feature_enabled("beta", "anna") is not True
    try:
        raise ValueError(f"no stock of {word}")
    except ValueError as error:
        client.capture_exception(error, distinct_id="anna")
    client.shutdown()


def segment_analytics():
    segment.write_key = key
    segment.host = address
    segment.on_error = lambda error, items: sys.exit(f"segment: {error}")
    segment.identify("anna", {"plan": f"team {word}"})
    segment.track("anna", f"segment python {word}", {"revenue": 149.99, "currency": "USD"})
    segment.group("anna", "acme", {"seats": 6})
    segment.shutdown()


def mixpanel():
    paths = {f"{name}_url": f"{address}/{path}" for name, path in [("events", "track"), ("people", "engage"), ("groups", "groups"), ("import", "import")]}
    client = Mixpanel(key, consumer=Consumer(**paths))
    client.track("anna", f"mixpanel python {word}", {"amount": 149.99})
    client.people_set("anna", {"plan": f"solo {word}"})
    client.group_set("company", "acme", {"seats": 7})
    client.import_data(key, "anna", f"mixpanel import {word}", time.time() - 3600, {"items": 3}, api_secret="unused")


def plausible():
    """There is no client for servers: this is the request that its documentation describes."""
    event = {"name": f"plausible python {word}", "domain": key, "url": "https://shop.example/pricing"}
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
    answer = requests.post(f"{address}/api/event", json=event, headers={"User-Agent": agent, "X-Forwarded-For": "203.0.113.7"}, timeout=10)
    assert answer.status_code == 202 and "x-plausible-dropped" not in answer.headers, answer.text


for send in [posthog, segment_analytics, mixpanel, plausible]:
    send()
print("sent")
