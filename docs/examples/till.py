"""A till's program: python till.py URL TOKEN LANE AMOUNT_MINOR [--reverse]; needs requests alone."""

import json
import sys
import uuid

import requests

OVER = ("completed", "canceled", "expired")


def ask(till: requests.Session, method: str, url: str, key: str, body: object = None) -> dict:
    """Ask again where the answer was lost: the same key does nothing twice."""
    lost: Exception = ValueError(url)
    for _ in range(5):
        try:
            headers = {"Idempotency-Key": key}
            return till.request(method, url, json=body, headers=headers, timeout=(5, 20)).json()
        except requests.RequestException as error:
            lost = error
    raise lost


def wait(till: requests.Session, url: str, key: str) -> dict:
    """Return the request when it is over: watch first, then ask, so that nothing slips between."""
    while True:
        try:
            with till.get(f"{url}/v1/events", stream=True, timeout=(5, 45)) as events:
                request = ask(till, "GET", f"{url}/v1/requests/{key}", key)
                if request.get("state") not in OVER and "code" not in request:
                    next(line for line in events.iter_lines() if key.encode() in line)
        except (requests.RequestException, StopIteration):
            continue  # the stream broke: look, and watch again
        request = ask(till, "GET", f"{url}/v1/requests/{key}", key)
        if request.get("state") in OVER or "code" in request:
            return request


if __name__ == "__main__":
    URL, TOKEN, LANE, AMOUNT, *OPTIONS = sys.argv[1:]
    KEY, TILL = uuid.uuid4().hex, requests.Session()  # a real till writes the key down first
    TILL.headers["Authorization"] = f"Bearer {TOKEN}"
    ASKED = {"amount_minor": int(AMOUNT), "currency": "CNY", "deadline_ms": 60_000}
    TOLD = ask(TILL, "POST", f"{URL}/v1/lanes/{LANE}/requests", KEY, ASKED)
    TOLD = TOLD if "code" in TOLD else wait(TILL, URL, KEY)  # a problem says code and next_step
    if "--reverse" in OPTIONS:
        TOLD = ask(TILL, "POST", f"{URL}/v1/requests/{KEY}/reverse", f"{KEY}-back")
    sys.stdout.write(json.dumps(TOLD, ensure_ascii=False) + "\n")
